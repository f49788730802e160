import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { type Ctx, withSignal } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { labelsOf } from '../../core/labels.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { formatOutcome, LeaseFile, type Outcome, parseOutcome } from '../../core/lease-directory.ts';
import { writeAtomically } from '../atomic-write.ts';
import { settleLost } from '../local/lost-run.ts';
import { DAEMON_GONE } from './daemon-gone.ts';
import { type DockerPlace, unmarkInDocker } from './docker-place.ts';
import { type LauncherEnd, type LauncherListener, startLauncherContainer } from './launcher-container.ts';
import { createNetwork } from './networks.ts';
import { ownerOf, runLabels } from './run-labels.ts';
import { sweepDocker } from './sweep.ts';
import { sweepRunInDocker } from './sweep-run.ts';

/** A run whose place and request are in its lease directory. */
export interface PlacedRun extends LauncherListener {
  readonly docker: Docker;
  readonly place: DockerPlace;
  readonly request: LaunchRequest;
  readonly leaseDirectory: string;
  readonly stateFolder: string;
}

const SWEEP_DEADLINE_MS = 30_000;

/** Launches a run in containers and waits for its outcome; whatever happens, nothing of it is left in the daemon. Should this process be killed, the
 *  launcher notices, and whoever guards the lease directory.
 *  @throws {ToolError} what starting the launcher throws; LAUNCHER_LOST when not even a lost outcome can be read */
export async function launchInDocker(placed: PlacedRun, ctx: Ctx): Promise<Outcome> {
  const { docker, place, request, leaseDirectory, onEvent, onOutput } = placed;
  const { launcher, network, socket } = place;
  const { run } = request;
  const cluster = request.cluster.kind === 'ephemeral' ? request.cluster.spec.name : null;
  const common = { app: request.app.name, run, owner: ownerOf(leaseDirectory), cluster, launcher };
  let isEnded = false;
  try {
    if (place.ownsNetwork) await createNetwork(docker, network, labelsOf({ ...common, role: 'network' }), ctx);
    const container = await startLauncherContainer(
      {
        ...{ docker, socket, name: launcher, image: place.launcherImage, run, leaseDirectory, network },
        labels: labelsOf({ ...common, role: 'launcher' }),
        ...{ onEvent, onOutput },
      },
      ctx,
    );
    const onAbort = (): void => void container.signal(signalOf(ctx)).catch(() => {});
    ctx.signal.addEventListener('abort', onAbort, { once: true });
    if (ctx.signal.aborted) onAbort();
    const end = await container.ended;
    ctx.signal.removeEventListener('abort', onAbort);
    const outcome = end.isCutOff ? undefined : await readOutcome(leaseDirectory);
    isEnded = outcome !== undefined;
    return outcome ?? (await settle(placed, end, ctx));
  } finally {
    await cleanUp(placed, isEnded, ctx);
  }
}

function signalOf({ signal }: Ctx): 'SIGINT' | 'SIGTERM' {
  const reason: unknown = signal.reason;
  const name = typeof reason === 'object' && reason !== null && 'signal' in reason ? reason.signal : undefined;
  return name === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
}

async function readOutcome(leaseDirectory: string): Promise<Outcome | undefined> {
  const text = await readFile(join(leaseDirectory, LeaseFile.outcome), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseOutcome(text);
}

/** The launcher was killed, or its daemon: what it had is deleted here, and the run is on record as lost or interrupted. */
async function settle(
  { leaseDirectory, stateFolder, request: { run } }: PlacedRun,
  { said, isCutOff }: LauncherEnd,
  ctx: Ctx,
): Promise<Outcome> {
  const leftovers = await sweepRunInDocker(run, leaseDirectory);
  const swept = { run, leaseDirectory, stateFolder };
  await settleLost(swept, leftovers, isCutOff ? DAEMON_GONE : undefined);
  const settled = await readOutcome(leaseDirectory);
  if (settled !== undefined && isCutOff) return correct(settled, leftovers, leaseDirectory, ctx);
  if (settled !== undefined) return settled;
  const message = `The launcher ended without an outcome${said === '' ? '' : `: ${said}`}`;
  throw new ToolError('LAUNCHER_LOST', message);
}

/** A launcher whose daemon is ending has the time for a last word, but cannot delete anything any more. */
async function correct(
  outcome: Outcome,
  leftovers: readonly string[],
  leaseDirectory: string,
  { signal }: Ctx,
): Promise<Outcome> {
  // Nobody has stopped it but the daemon, which ends its containers by a signal.
  const verdict = outcome.kind === 'interrupted' && !signal.aborted ? DAEMON_GONE : {};
  const whole: Outcome = { ...outcome, ...verdict, leftovers: [...leftovers] };
  await writeAtomically(join(leaseDirectory, LeaseFile.outcome), formatOutcome(whole));
  return whole;
}

/** What goes with the launcher's container, and all else where there was no launcher. */
async function cleanUp(
  { docker, request: { run }, leaseDirectory }: PlacedRun,
  isEnded: boolean,
  outer: Ctx,
): Promise<void> {
  if (!isEnded) {
    await sweepRunInDocker(run, leaseDirectory);
    return;
  }
  const ctx = withSignal(outer, AbortSignal.timeout(SWEEP_DEADLINE_MS));
  // A daemon that is just being restarted is waited for.
  const left = await sweepDocker({ docker, labels: runLabels(run, leaseDirectory) }, ctx).catch(() =>
    sweepRunInDocker(run, leaseDirectory),
  );
  if (left.length === 0) await unmarkInDocker(leaseDirectory);
  else ctx.emit({ type: 'notice', level: 'warning', message: `Cannot delete ${left.join('; ')}` });
}
