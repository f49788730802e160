import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import { createGreetingFilter, type GreetingFilter, NO_FILTER } from '../../runtime/platform/local/jvm-greeting.ts';
import { lineStyle } from '../report/event-lines.ts';
import type { JobStream } from '../report/reporter.ts';
import { EMPTY_VIEW, nextView } from '../report/view-state.ts';
import type { LiveLogs } from './docker/live-logs.ts';
import { FileTail, LineTail } from './file-tail.ts';
import { isInDocker } from './lease-folder.ts';
import { findLogFiles, type LogFile, type LogStream, type WantedLogs } from './log-files.ts';
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
/** All that was written is fetched each time. */
const REFRESH_MS = 1_000;

/** Gives what a stream of a run has written, and then what it writes until the run ends. Resolves with whether there was a file. */
export async function showLogs(
  wanted: LogsWanted,
  write: WriteLog,
  deployments: Deployments,
  ctx: Ctx,
): Promise<boolean> {
  const { run, stream, follow } = wanted;
  const tails = new Map<string, FileTail>();
  const filters = new Map<JobStream, GreetingFilter>();
  const events = new Map<string, LineTail>();
  const logs = { stateFolder: deployments.stateFolder, run, stream };
  await using opened = new AsyncDisposableStack();
  let live: LiveLogs | null = null;
  let isFirst = true;
  for (;;) {
    const { status } = await settleRun(run, deployments, ctx);
    if (status === 'running' && live === null) {
      live = await openLive(logs, ctx);
      if (live !== null) opened.use(live);
    }
    const copies = status === 'running' ? await live?.refresh(ctx) : undefined;
    for (const file of await findLogFiles(logs, copies)) {
      // What comes later is wanted from its beginning.
      const start = isFirst ? await logStart(file.path, wanted, file.next) : 0;
      const tail = tails.get(file.id) ?? new FileTail(file.path, start);
      tail.path = file.path;
      tail.inode = file.inode;
      tails.set(file.id, tail);
      const filter = filters.get(file.to) ?? filterFor(stream, file, start);
      filters.set(file.to, filter);
      if (stream.kind === 'launcher' || stream.kind === 'build') await writeEvents(lineTail(events, file, tail), write);
      else for await (const chunk of tail.read()) await write(file.to, filter.next(chunk));
    }
    isFirst = false;
    if (!follow || status !== 'running') return [...tails.values()].some(({ hasRead }) => hasRead);
    ctx.signal.throwIfAborted();
    await pause(live === null ? POLL_MS : REFRESH_MS, undefined, { signal: ctx.signal }).catch(() => {});
  }
}

/** Of a run in containers much is in them alone while it goes on. */
async function openLive(logs: WantedLogs, ctx: Ctx): Promise<LiveLogs | null> {
  if (!(await isInDocker(logs.stateFolder, logs.run.run))) return null;
  const { openLiveLogs } = await import('./docker/live-logs.ts');
  return (await openLiveLogs(logs, ctx)) ?? null;
}

/** The line with which every driver's JVM may begin says nothing about the job. */
function filterFor({ kind }: LogStream, { to }: LogFile, start: number): GreetingFilter {
  return kind === 'driver' && to === 'stderr' && start === 0 ? createGreetingFilter() : NO_FILTER;
}

function lineTail(known: Map<string, LineTail>, { id }: LogFile, tail: FileTail): LineTail {
  const lines = known.get(id) ?? new LineTail(tail);
  known.set(id, lines);
  return lines;
}

/** The log of the launcher, and of a build, are events; for people, as `run` shows them. */
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
