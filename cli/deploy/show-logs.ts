import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import { createGreetingFilter, type GreetingFilter, NO_FILTER } from '../../runtime/platform/local/jvm-greeting.ts';
import { lineStyle } from '../report/event-lines.ts';
import type { JobStream } from '../report/reporter.ts';
import { EMPTY_VIEW, nextView } from '../report/view-state.ts';
import { FileTail, LineTail } from './file-tail.ts';
import { findLogFiles, type LogFile, type LogStream } from './log-files.ts';
import { type LogWindow, logStart } from './log-start.ts';
import type { Deployments } from './open-deployments.ts';
import type { Run } from './records.ts';
import { settleRun } from './settle-run.ts';

export interface LogsWanted extends LogWindow {
  readonly run: Run;
  readonly stream: LogStream;
  /** Goes on until the run ends. */
  readonly follow: boolean;
}

export type WriteLog = (to: JobStream, chunk: Uint8Array) => Promise<void>;

const POLL_MS = 100;

/** Gives what a stream of a run has written, and then what it writes until the run ends. Resolves with whether there was a file. */
export async function showLogs(
  wanted: LogsWanted,
  write: WriteLog,
  deployments: Deployments,
  ctx: Ctx,
): Promise<boolean> {
  const { run, stream, follow } = wanted;
  const tails = new Map<string, FileTail>();
  const filters = new Map<string, GreetingFilter>();
  const events = new Map<string, LineTail>();
  let isFirst = true;
  for (;;) {
    const { status } = await settleRun(run, deployments, ctx);
    for (const file of await findLogFiles(deployments.stateFolder, run.run, stream)) {
      // What comes later is wanted from its beginning.
      const start = isFirst ? await logStart(file.path, wanted) : 0;
      const tail = tails.get(file.id) ?? new FileTail(file.path, start);
      tail.path = file.path;
      tails.set(file.id, tail);
      const filter = filters.get(file.id) ?? filterFor(file, start);
      filters.set(file.id, filter);
      if (stream.kind === 'launcher') await writeEvents(lineTail(events, file, tail), write);
      else for await (const chunk of tail.read()) await write(file.to, filter.next(chunk));
    }
    isFirst = false;
    if (!follow || status !== 'running') return [...tails.values()].some(({ hasRead }) => hasRead);
    ctx.signal.throwIfAborted();
    await pause(POLL_MS, undefined, { signal: ctx.signal }).catch(() => {});
  }
}

/** The line with which every driver's JVM may begin says nothing about the job. */
function filterFor({ id }: LogFile, start: number): GreetingFilter {
  return id === 'driver.stderr.log' && start === 0 ? createGreetingFilter() : NO_FILTER;
}

function lineTail(known: Map<string, LineTail>, { id }: LogFile, tail: FileTail): LineTail {
  const lines = known.get(id) ?? new LineTail(tail);
  known.set(id, lines);
  return lines;
}

/** The launcher's log are its events; for people, as `run` shows them. */
async function writeEvents(lines: LineTail, write: WriteLog): Promise<void> {
  const style = lineStyle(false);
  for await (const line of lines.read()) {
    const event = parse(line);
    if (event === undefined) continue;
    const shown = style.eventLines(event, nextView(EMPTY_VIEW, event, 0), true);
    const text = shown.map((one) => `${event.time} ${one}\n`).join('');
    await write('stdout', Buffer.from(text));
  }
}

function parse(line: string) {
  try {
    return JSON.parse(line); // our own launcher's
  } catch {
    return undefined;
  }
}
