import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { LABELS, labelsOf } from '../../runtime/core/labels.ts';
import { formatLaunchRequest, type LaunchRequest } from '../../runtime/core/launch-env.ts';
import { formatOutcome, LeaseFile, type Outcome, parseOutcome } from '../../runtime/core/lease-directory.ts';
import { writeAtomically } from '../../runtime/platform/atomic-write.ts';
import { DAEMON_GONE } from '../../runtime/platform/docker/daemon-gone.ts';
import { DOCKER_PLACE, type DockerPlace, formatDockerPlace } from '../../runtime/platform/docker/docker-place.ts';
import { createNetwork } from '../../runtime/platform/docker/networks.ts';
import { sweepDocker } from '../../runtime/platform/docker/sweep.ts';
import { sweepRunInDocker } from '../../runtime/platform/docker/sweep-run.ts';
import { settleLost } from '../../runtime/platform/local/lost-run.ts';
import type { RunScope } from '../run/with-run.ts';
import { type LauncherEnd, startLauncherContainer, unaborted } from './launcher-container.ts';
import type { LocalDaemon } from './open-daemon.ts';

export interface DockerLaunch {
  readonly daemon: LocalDaemon;
  readonly request: LaunchRequest;
  readonly image: DockerPlace['image'];
  readonly sparkConf: DockerPlace['sparkConf'];
  /** Of hibana's own image. */
  readonly launcherImage: string;
  readonly network: string;
  readonly isOwnNetwork: boolean;
  readonly publish: DockerPlace['publish'];
  readonly stateFolder: string;
  readonly leaseDirectory: string;
}

const SWEEP_DEADLINE_MS = 30_000;

/** Launches a request in containers and waits for its outcome; whatever happens, nothing of it is left in the daemon. Should this process be killed, the
 *  launcher notices, and whoever guards the lease directory.
 *  @throws {ToolError} what starting the launcher throws; LAUNCHER_LOST when not even a lost outcome can be read */
export async function launchInDocker(launch: DockerLaunch, scope: RunScope): Promise<Outcome> {
  const { daemon, request, leaseDirectory, network, isOwnNetwork } = launch;
  const { run, ctx } = scope;
  const launcher = `hibana-${run}-launcher`;
  const place: DockerPlace = {
    ...{ version: 1, socket: daemon.socket, image: launch.image, sparkConf: launch.sparkConf },
    ...{ launcher, network, publish: launch.publish },
  };
  const secrets = await copySecrets(request.submit.secrets, join(await scope.guard(), 'secrets'));
  const whole = { ...request, submit: { ...request.submit, secrets } };
  // From here on somebody else deletes what is made, should this process be killed.
  await writeAtomically(join(leaseDirectory, DOCKER_PLACE), formatDockerPlace(place));
  await writeAtomically(join(leaseDirectory, LeaseFile.request), formatLaunchRequest(whole));
  const cluster = request.cluster.kind === 'ephemeral' ? request.cluster.spec.name : null;
  const common = { app: request.app.name, run, cluster, launcher };
  let isEnded = false;
  try {
    if (isOwnNetwork) await createNetwork(daemon.docker, network, labelsOf({ ...common, role: 'network' }), ctx);
    const container = await startLauncherContainer(
      {
        ...{ ...daemon, name: launcher, image: launch.launcherImage, run, leaseDirectory, network },
        labels: labelsOf({ ...common, role: 'launcher' }),
        onEvent: (event) => scope.reporter.emit(event),
        onOutput: (stream, chunk) => scope.reporter.output(stream, chunk),
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
    return outcome ?? (await settle(launch, scope, end));
  } finally {
    await cleanUp(launch, run, isEnded, ctx);
  }
}

function signalOf({ signal }: Ctx): 'SIGINT' | 'SIGTERM' {
  const reason: unknown = signal.reason;
  const name = typeof reason === 'object' && reason !== null && 'signal' in reason ? reason.signal : undefined;
  return name === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
}

/** The user's files may be another's to read where the launcher is. */
async function copySecrets(secrets: Readonly<Record<string, string>>, folder: string): Promise<Record<string, string>> {
  const copies: Record<string, string> = {};
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, file] of Object.entries(secrets)) {
    copies[name] = join(folder, name);
    await copyFile(file, join(folder, name)).catch((cause: unknown) => {
      throw new ToolError('FILE_UNREADABLE', `Cannot read the secret "${name}" from "${file}"`, { cause });
    });
  }
  return copies;
}

async function readOutcome(leaseDirectory: string): Promise<Outcome | undefined> {
  const text = await readFile(join(leaseDirectory, LeaseFile.outcome), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseOutcome(text);
}

/** The launcher was killed, or its daemon: what it had is deleted here, and the run is on record as lost or interrupted. */
async function settle(
  { leaseDirectory, stateFolder }: DockerLaunch,
  { run, ctx }: RunScope,
  { said, isCutOff }: LauncherEnd,
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
  { daemon, leaseDirectory }: DockerLaunch,
  run: string,
  isEnded: boolean,
  ctx: Ctx,
): Promise<void> {
  if (!isEnded) {
    await sweepRunInDocker(run, leaseDirectory);
    return;
  }
  const sweep = { docker: daemon.docker, label: `${LABELS.run}=${run}` };
  // A daemon that is just being restarted is waited for.
  const left = await sweepDocker(sweep, unaborted(ctx, SWEEP_DEADLINE_MS)).catch(() =>
    sweepRunInDocker(run, leaseDirectory),
  );
  if (left.length === 0) await rm(join(leaseDirectory, DOCKER_PLACE), { force: true });
  else ctx.emit({ type: 'notice', level: 'warning', message: `Cannot delete ${left.join('; ')}` });
}
