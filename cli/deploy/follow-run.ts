import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import type { ProgressEvent } from '../../runtime/core/events.ts';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { createGreetingFilter, NO_FILTER } from '../../runtime/platform/local/jvm-greeting.ts';
import type { Reporter } from '../report/reporter.ts';
import { FileTail, LineTail } from './file-tail.ts';
import { leaseFolder } from './lease-folder.ts';
import { findLogFiles } from './log-files.ts';
import type { Deployments } from './open-deployments.ts';
import type { Run } from './records.ts';
import { settleRun } from './settle-run.ts';

const POLL_MS = 100;

/** Shows a run from its beginning, as if it had been started here: its events and what its job writes. Resolves with its record when it has ended and
 *  all has been shown; nothing that happens here touches the run. Rejects with `signal.reason` on abort. */
export async function followRun(
  run: Run,
  reporter: Pick<Reporter, 'emit' | 'output'>,
  deployments: Deployments,
  ctx: Ctx,
): Promise<Run> {
  const { stateFolder } = deployments;
  const folder = leaseFolder(stateFolder, run.run);
  const events = new LineTail(new FileTail(join(folder, LeaseFile.events)));
  const tails = new Map<string, FileTail>();
  // With which every driver's JVM may begin; it says nothing about the job.
  const filters = { stdout: NO_FILTER, stderr: createGreetingFilter() };
  for (;;) {
    // First, so that what was written before the end is read after it.
    const now = await settleRun(run, deployments, ctx);
    for await (const line of events.read()) emitLine(line, reporter);
    for (const { id, path, to, inode } of await findLogFiles({ stateFolder, run, stream: DRIVER })) {
      const tail = tails.get(id) ?? new FileTail(path);
      tails.set(id, Object.assign(tail, { path, inode }));
      for await (const chunk of tail.read()) await reporter.output(to, filters[to].next(chunk));
    }
    if (now.status !== 'running') {
      for (const to of ['stdout', 'stderr'] as const) await reporter.output(to, filters[to].rest());
      return now;
    }
    ctx.signal.throwIfAborted();
    await pause(POLL_MS, undefined, { signal: ctx.signal }).catch(() => {});
  }
}

const DRIVER = { kind: 'driver' } as const;

function emitLine(line: string, { emit }: Pick<Reporter, 'emit'>): void {
  const event = parseEvent(line);
  // How it ended is said once, by whoever waits for it.
  if (event !== undefined && event.type !== 'outcome') emit(event);
}

/** `undefined` for half a line: the launcher was killed while it wrote. */
function parseEvent(line: string): ProgressEvent | undefined {
  try {
    return JSON.parse(line); // our own launcher's, of this version or one before
  } catch {
    return undefined;
  }
}
