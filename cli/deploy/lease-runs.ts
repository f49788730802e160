import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { LeaseFile, type Outcome, parseOutcome } from '../../runtime/core/lease-directory.ts';
import { hasLivingLauncher } from '../../runtime/platform/local/list-clusters.ts';
import { readProcessRecords } from '../../runtime/platform/local/process-record.ts';
import { isRunning } from '../../runtime/platform/local/process-table.ts';
import { removeTree } from '../../runtime/platform/local/remove-tree.ts';
import { signalGroup } from '../../runtime/platform/local/signal-group.ts';
import { sweepRun } from '../../runtime/platform/local/sweep.ts';
import type { Deployer, RunId, RunState } from './deployer.ts';
import { isInDocker, leaseFolder } from './lease-folder.ts';

/** How runs stand and end that a launcher process of this machine keeps, wherever their job runs. What a run is, its lease directory says; that it goes
 *  on, its launcher and guards, by being alive. */
export function leaseRuns(stateFolder: string): Pick<Deployer, 'observe' | 'stop' | 'forget'> {
  return {
    observe: (run) => observe(run, stateFolder),
    stop: (run, ctx) => stop(run, stateFolder, ctx),
    forget: ({ run }) => removeTree(leaseFolder(stateFolder, run)),
  };
}

async function observe({ run }: RunId, stateFolder: string): Promise<RunState> {
  const leaseDirectory = leaseFolder(stateFolder, run);
  const outcome = await readOutcome(leaseDirectory);
  if (outcome !== undefined) {
    return (await isBeingCleared(outcome, stateFolder)) ? { kind: 'running' } : { kind: 'ended', outcome };
  }
  if (await hasLivingLauncher(leaseDirectory)) return { kind: 'running' };
  // Between the two looks it may have ended.
  const late = await readOutcome(leaseDirectory);
  if (late !== undefined) return { kind: 'ended', outcome: late };
  const folder = await stat(leaseDirectory).catch(() => undefined);
  if (folder === undefined) return { kind: 'absent' };
  if (await isBeginning(leaseDirectory, folder.birthtimeMs)) return { kind: 'running' };
  await sweepRun({ run, leaseDirectory, stateFolder, markLost: true });
  const lost = await readOutcome(leaseDirectory);
  return lost === undefined ? { kind: 'absent' } : { kind: 'ended', outcome: lost };
}

/** The launcher in a container has the last word before that container itself is gone; what cannot be deleted is not waited for. */
async function isBeingCleared({ run, leftovers }: Outcome, stateFolder: string): Promise<boolean> {
  if (leftovers.length > 0 || !(await isInDocker(stateFolder, run))) return false;
  return hasLivingLauncher(leaseFolder(stateFolder, run));
}

/** A launcher makes its directory a moment before it puts itself on record there. */
async function isBeginning(leaseDirectory: string, madeAtMs: number): Promise<boolean> {
  const keepers = await stat(join(leaseDirectory, LeaseFile.keepers)).catch(() => undefined);
  return keepers === undefined && Date.now() - madeAtMs < BEGINNING_MS;
}

const BEGINNING_MS = 60_000;

async function readOutcome(leaseDirectory: string): Promise<Outcome | undefined> {
  const text = await readFile(join(leaseDirectory, LeaseFile.outcome), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseOutcome(text);
}

const POLL_MS = 50;
/** Longer than a driver is given to end politely, and then its cluster to be deleted. */
const POLITE_MS = 60_000;
const HARD_MS = 10_000;

async function stop(id: RunId, stateFolder: string, ctx: Ctx): Promise<void> {
  await signalKeepers(id, stateFolder, 'SIGTERM');
  if (await hasEnded(id, stateFolder, POLITE_MS, ctx)) return;
  await signalKeepers(id, stateFolder, 'SIGKILL');
  if (await hasEnded(id, stateFolder, HARD_MS, ctx)) return;
  throw new ToolError(
    'RUN_STUCK',
    `Cannot end the run ${id.run} of "${id.application}": its launcher does not go away`,
  );
}

/** To the launcher and its guards; these end with what they guard, and ignore a polite one. */
async function signalKeepers({ run }: RunId, stateFolder: string, signal: NodeJS.Signals): Promise<void> {
  const records = await readProcessRecords(join(leaseFolder(stateFolder, run), LeaseFile.keepers));
  for (const record of records) if (await isRunning(record)) signalGroup(record.pid, signal);
}

/** Ended, with nobody left who would still delete. */
async function hasEnded(id: RunId, stateFolder: string, withinMs: number, ctx: Ctx): Promise<boolean> {
  const folder = leaseFolder(stateFolder, id.run);
  const deadline = ctx.now() + withinMs;
  for (;;) {
    ctx.signal.throwIfAborted();
    const { kind } = await observe(id, stateFolder);
    if (kind !== 'running' && !(await hasLivingLauncher(folder))) return true;
    if (ctx.now() > deadline) return false;
    // The timer's own rejection has the reason only as its cause.
    await pause(POLL_MS, undefined, { signal: ctx.signal }).catch(() => {});
  }
}
