import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Ctx, steadyNow } from '../../core/context.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { formatOutcome, LeaseFile, type Outcome, parseOutcome } from '../../core/lease-directory.ts';
import { writeAtomically } from '../../platform/atomic-write.ts';
import { Docker } from '../../platform/docker/docker-client.ts';
import { type DockerPlace, readDaemonSocket } from '../../platform/docker/docker-place.ts';
import { launchInDocker } from '../../platform/docker/launch-in-docker.ts';
import { sweepRunInDocker } from '../../platform/docker/sweep-run.ts';
import { sweepRun } from '../../platform/local/sweep.ts';
import { describeOutcome } from '../describe-outcome.ts';
import type { EventLog } from '../event-log.ts';

/** A run in containers that goes on without whoever started it. */
export interface KeptRun {
  readonly request: LaunchRequest;
  readonly place: DockerPlace;
  readonly leaseDirectory: string;
  readonly stateFolder: string;
  /** Of this program: what its launcher has to tell it writes there itself. */
  readonly log: EventLog;
  readonly stop: AbortSignal;
  readonly now: () => number;
}

/** Stands in for the command that started a run in Docker: holds the leash of its launcher until that has ended, and sees to it that nothing is left.
 *  A daemon that has gone away is waited for, a day long, with the end of the run on record. */
export async function keepRun(kept: KeptRun): Promise<Outcome> {
  const { leaseDirectory, stateFolder, request, stop } = kept;
  const outcome = await launch(kept);
  await untilSwept(request.run, leaseDirectory, stop);
  await sweepRun({ run: request.run, leaseDirectory, stateFolder });
  return outcome;
}

/** A daemon that is updated is away for minutes; one that is gone for good must not keep this program. */
const SWEPT_WITHIN_MS = 24 * 60 * 60_000;
const RETRY_MS = 5_000;

async function launch({ request, place, leaseDirectory, stateFolder, log, stop, now }: KeptRun): Promise<Outcome> {
  const ctx: Ctx = { signal: stop, emit: log.emit, now: steadyNow };
  const docker = new Docker({ socketPath: place.socket });
  const placed = { docker, place, request, leaseDirectory, stateFolder };
  try {
    // Events and the job's output are in the files of the lease directory: whoever wants them reads them there.
    return await launchInDocker({ ...placed, onEvent: () => {}, onOutput: async () => {} }, ctx);
  } catch (error) {
    const result = { error } as const;
    const outcome = describeOutcome({ request, result, log, leaseDirectory, leftovers: [], finishedAt: now() });
    return (await readOutcome(leaseDirectory)) ?? (await tell(outcome, leaseDirectory, log));
  }
}

async function readOutcome(leaseDirectory: string): Promise<Outcome | undefined> {
  const text = await readFile(join(leaseDirectory, LeaseFile.outcome), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseOutcome(text);
}

async function tell(outcome: Outcome, leaseDirectory: string, log: EventLog): Promise<Outcome> {
  await writeAtomically(join(leaseDirectory, LeaseFile.outcome), formatOutcome(outcome));
  log.emit({ type: 'outcome', outcome });
  return outcome;
}

async function untilSwept(run: string, leaseDirectory: string, stop: AbortSignal): Promise<void> {
  const deadline = steadyNow() + SWEPT_WITHIN_MS;
  while ((await readDaemonSocket(leaseDirectory)) !== undefined && steadyNow() < deadline && !stop.aborted) {
    await sweepRunInDocker(run, leaseDirectory);
    await pause(RETRY_MS, undefined, { signal: stop }).catch(() => {});
  }
}
