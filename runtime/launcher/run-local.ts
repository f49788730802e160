import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type Ctx, steadyNow } from '../core/context.ts';
import { errorMessage } from '../core/errors.ts';
import type { StampedEvent } from '../core/events.ts';
import { type LaunchRequest, parseLaunchRequest } from '../core/launch-env.ts';
import { formatOutcome, LeaseFile, type Outcome } from '../core/lease-directory.ts';
import { writeAtomically } from '../platform/atomic-write.ts';
import { readDockerPlace } from '../platform/docker/docker-place.ts';
import { runAttachedDriver } from '../platform/local/attached-driver.ts';
import { guardDirectory } from '../platform/local/guard-directory.ts';
import type { Guards } from '../platform/local/guards.ts';
import { runLocalDriver } from '../platform/local/local-driver.ts';
import { createLocalProvider } from '../platform/local/local-provider.ts';
import { sweepRun } from '../platform/local/sweep.ts';
import { describeOutcome } from './describe-outcome.ts';
import type { KeptRun } from './docker/keep-run.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { type DriverEnd, launch, type RunDriver } from './launch.ts';
import type { LaunchResult } from './outcome.ts';
import { StopReason } from './stop-reason.ts';

export interface LocalRun {
  readonly run: string;
  readonly stateFolder: string;
  /** Resolves when the guards watch. `onStart` is called with the pid of each, now and later. */
  readonly startGuards: (onStart: (pid: number) => Promise<void>) => Promise<Guards>;
  /** Is called when the lease directory is there and guarded. Resolves with what to run; `undefined` when nobody wants it any more. */
  readonly whenReady: (leaseDirectory: string) => Promise<LaunchRequest | undefined>;
  readonly stop: AbortController;
  /** What master, workers and driver get: PATH, HOME and the like, and the run's marker. */
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly onEvent: (event: StampedEvent) => void;
  readonly now: () => number;
}

/** One run, from before its request is known until nothing of it is left but its logs: on this machine, or, where its lease directory says so, in
 *  Docker. Gives its exit status. */
export async function runLocal(local: LocalRun): Promise<number> {
  const leaseDirectory = join(local.stateFolder, 'runs', local.run);
  const swept = { run: local.run, leaseDirectory, stateFolder: local.stateFolder };
  const guards = await guardDirectory({ leaseDirectory, pid: local.pid }, local.startGuards);
  const request = await local.whenReady(leaseDirectory);
  if (request === undefined) {
    // The caller may have had another launcher for it, elsewhere: then what that has written stays.
    await sweepRun({ ...swept, markLost: true });
    await guards.release();
    return 0;
  }

  const log = createEventLog(join(leaseDirectory, LeaseFile.events), local.run, local.onEvent, local.now);
  const relays: Promise<unknown>[] = [];
  const onRelay = (relayed: Promise<unknown>): void => void relays.push(relayed);
  const place = await readDockerPlace(leaseDirectory);
  const outcome =
    place === undefined
      ? await launchHere(request, local, { leaseDirectory, log, onRelay })
      : await keepInDocker({ request, place, leaseDirectory, log }, local);
  await guards.release();
  for (const name of [LeaseFile.processes, LeaseFile.keepers]) await rm(join(leaseDirectory, name), { force: true });
  await tellEnd(request, outcome, local, log);
  await untilRelayed(Promise.all(relays), local.stop.signal);
  return outcome.exitCode;
}

async function launchHere(request: LaunchRequest, local: LocalRun, place: LaunchPlace): Promise<Outcome> {
  const { leaseDirectory, log } = place;
  const result = await launchLocal(request, local, place);
  const leftovers = await sweepRun({ run: local.run, leaseDirectory, stateFolder: local.stateFolder });
  const outcome = describeOutcome({ request, result, log, leaseDirectory, leftovers, finishedAt: local.now() });
  await writeAtomically(join(leaseDirectory, LeaseFile.outcome), formatOutcome(outcome));
  log.emit({ type: 'outcome', outcome });
  return outcome;
}

/** The launcher is in a container, and this program holds its leash. */
async function keepInDocker(
  kept: Pick<KeptRun, 'request' | 'place' | 'leaseDirectory' | 'log'>,
  { stateFolder, stop, now }: LocalRun,
): Promise<Outcome> {
  // By it whoever finds the run cut off knows that it had begun.
  await appendFile(join(kept.leaseDirectory, LeaseFile.events), '', { mode: 0o600 });
  const { keepRun } = await import('./docker/keep-run.ts');
  return keepRun({ ...kept, stateFolder, stop: stop.signal, now });
}

/** Nothing is left to guard or delete by now. */
async function tellEnd(
  { app, notify = [] }: LaunchRequest,
  outcome: Outcome,
  local: LocalRun,
  log: EventLog,
): Promise<void> {
  if (notify.length === 0) return;
  const { notifyEnd } = await import('../platform/notify-end.ts');
  await notifyEnd({ application: app.name, outcome, targets: notify, env: local.env }, log.emit);
}

const RELAY_AFTER_STOP_MS = 1_000;

/** The end of this process would cut off what a slow reader (a pager) has not taken yet. Nothing else is left by now, so it may take
 *  as long as it likes, until it goes away or the run is stopped. */
async function untilRelayed(relayed: Promise<unknown>, stop: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const onStop = (): void => stopped.resolve();
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  const late = stopped.promise.then(() => pause(RELAY_AFTER_STOP_MS, undefined, { ref: false }));
  await Promise.race([relayed, late]);
  stop.removeEventListener('abort', onStop);
}

/** The request of a caller on this machine. */
export async function readRequest(leaseDirectory: string): Promise<LaunchRequest> {
  return parseLaunchRequest(await readFile(join(leaseDirectory, LeaseFile.request), 'utf8'));
}

interface LaunchPlace {
  readonly leaseDirectory: string;
  readonly log: EventLog;
  readonly onRelay: (relayed: Promise<unknown>) => void;
}

async function launchLocal(
  request: LaunchRequest,
  local: LocalRun,
  { leaseDirectory, log, onRelay }: LaunchPlace,
): Promise<LaunchResult> {
  const { stop, env, stdout, stderr } = local;
  const { runMs, clusterMs } = request.timeouts;
  const spentMs = local.now() - Date.parse(request.prepared.startedAt);
  // The time limit is on the whole run: what came before the launcher counts.
  const timer = runMs === null ? undefined : setTimeout(() => stop.abort(StopReason.timeout(spentMs + runMs)), runMs);
  const ctx: Ctx = { signal: stop.signal, emit: log.emit, now: steadyNow };
  const provider = createLocalProvider({
    stateFolder: local.stateFolder,
    layout: request.layout,
    spark: request.app.spark,
    python: null,
    pid: local.pid,
    env,
    deadlineMs: clusterMs,
  });
  const stopSignal = (reason: unknown): NodeJS.Signals => (reason instanceof StopReason ? reason.signal : 'SIGTERM');
  const runDriverOn = isAttached(request) ? runAttachedDriver : runLocalDriver;
  const options = { leaseDirectory, stateFolder: local.stateFolder, env, stdout, stderr, stopSignal, onRelay };
  try {
    const runDriver = (...[wanted, cluster, inner, hooks]: Parameters<RunDriver>): Promise<DriverEnd> =>
      runDriverOn(wanted, cluster, { ...options, ...hooks }, inner);
    return { end: await launch(request, { provider, runDriver }, ctx) };
  } catch (error) {
    return { error };
  } finally {
    clearTimeout(timer);
  }
}

function isAttached({ cluster }: LaunchRequest): boolean {
  return cluster.kind === 'attach' || cluster.kind === 'url' || cluster.kind === 'connect';
}

/** For the launcher's own failures, before there is an event log. */
export function explainFailure(error: unknown): string {
  return `hibana launcher: ${errorMessage(error)}\n`;
}
