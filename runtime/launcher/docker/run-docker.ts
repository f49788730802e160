import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type Docker from 'dockerode';
import { type Ctx, steadyNow, withSignal } from '../../core/context.ts';
import { errorCode, errorMessage } from '../../core/errors.ts';
import type { StampedEvent } from '../../core/events.ts';
import { LABELS, labelsOf } from '../../core/labels.ts';
import { type LaunchRequest, parseLaunchRequest } from '../../core/launch-env.ts';
import { formatOutcome, LeaseFile } from '../../core/lease-directory.ts';
import { MEMBER_FOLDER } from '../../platform/container/work.ts';
import type { ContainerImage } from '../../platform/docker/container-image.ts';
import { DAEMON_GONE } from '../../platform/docker/daemon-gone.ts';
import { runDockerDriver } from '../../platform/docker/docker-driver.ts';
import { type DockerPlace, readDockerPlace } from '../../platform/docker/docker-place.ts';
import { createDockerProvider } from '../../platform/docker/docker-provider.ts';
import type { VolumeGuard } from '../../platform/docker/member-volume.ts';
import { ownerOf, runLabels } from '../../platform/docker/run-labels.ts';
import { addressIn } from '../../platform/docker/start-container.ts';
import { sweepDocker } from '../../platform/docker/sweep.ts';
import { reserveFile } from '../../platform/reserved-file.ts';
import { describeOutcome } from '../describe-outcome.ts';
import { createEventLog, type EventLog } from '../event-log.ts';
import { type DriverEnd, launch, type RunDriver } from '../launch.ts';
import { holdLease } from '../lease-holder.ts';
import type { LaunchResult } from '../outcome.ts';
import { StopReason } from '../stop-reason.ts';

export interface DockerRun {
  readonly run: string;
  readonly leaseDirectory: string;
  readonly docker: Docker;
  readonly stop: AbortController;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly onEvent: (event: StampedEvent) => void;
  readonly now: () => number;
}

const SECRET_BYTES = 32;
const SWEEP_DEADLINE_MS = 30_000;
/** For a run without a cluster of its own. */
const LEASE_SECONDS = 60;

/** One run in Docker, from the container of its launcher: until nothing of it is left but its logs and that container. Gives its exit status. */
export async function runDocker(docker: DockerRun): Promise<number> {
  const { run, leaseDirectory, stop, now } = docker;
  const request = parseLaunchRequest(await readFile(join(leaseDirectory, LeaseFile.request), 'utf8'));
  const place = await readDockerPlace(leaseDirectory);
  if (place === undefined) throw new Error(`the run ${run} is not in Docker`);
  await mkdir(join(leaseDirectory, LeaseFile.logs), { recursive: true, mode: 0o700 });
  const outcomeFile = await reserveFile(join(leaseDirectory, LeaseFile.outcome));
  const log = createEventLog(join(leaseDirectory, LeaseFile.events), run, docker.onEvent, now);
  const relays: Promise<unknown>[] = [];
  const result = await launchDocker(request, place, { docker, log, onRelay: (relayed) => relays.push(relayed) });
  const leftovers = await sweepOwn(docker, place, log);
  // This program was started by the daemon: one that does not answer has ended since.
  const isDaemonGone = 'error' in result && errorCode(result.error) === 'DOCKER_UNREACHABLE';
  const ended = describeOutcome({ request, result, log, leaseDirectory, leftovers, finishedAt: now() });
  const outcome = isDaemonGone ? { ...ended, ...DAEMON_GONE } : ended;
  await outcomeFile.write(formatOutcome(outcome));
  log.emit({ type: 'outcome', outcome });
  await untilRelayed(Promise.all(relays), stop.signal);
  return outcome.exitCode;
}

/** The end of this program would cut off what a slow reader has not taken yet; nothing else is left by now. */
async function untilRelayed(relayed: Promise<unknown>, stop: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const onStop = (): void => stopped.resolve();
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  await Promise.race([relayed, stopped.promise]);
  stop.removeEventListener('abort', onStop);
}

interface LaunchPlace {
  readonly docker: DockerRun;
  readonly log: EventLog;
  readonly onRelay: (relayed: Promise<unknown>) => void;
}

async function launchDocker(
  request: LaunchRequest,
  place: DockerPlace,
  { docker: own, log, onRelay }: LaunchPlace,
): Promise<LaunchResult> {
  const { docker, stop, stdout, stderr, leaseDirectory } = own;
  const { runMs, clusterMs } = request.timeouts;
  const spentMs = own.now() - Date.parse(request.prepared.startedAt);
  // The time limit is on the whole run: what came before the launcher counts.
  const timer = runMs === null ? undefined : setTimeout(() => stop.abort(StopReason.timeout(spentMs + runMs)), runMs);
  const ctx: Ctx = { signal: stop.signal, emit: log.emit, now: steadyNow };
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  using holder = await holdLease(secret);
  try {
    const guard = { ...(await lookAtSelf(docker, place)), port: holder.port, secret };
    const image: ContainerImage = { ...place.image, layout: request.layout, spark: request.app.spark };
    const { network, launcher } = place;
    const app = request.app.name;
    const owner = ownerOf(leaseDirectory);
    const isOwn = request.cluster.kind === 'ephemeral';
    const provider = createDockerProvider({
      docker,
      image,
      deadlineMs: clusterMs,
      network,
      guard,
      app,
      owner,
      launcher,
    });
    const cluster = isOwn && request.cluster.kind === 'ephemeral' ? request.cluster.spec.name : null;
    const options = {
      ...{ docker, image, sparkConf: place.sparkConf, leaseDirectory, network, guard, stdout, stderr, onRelay },
      name: `hibana-${own.run}-driver`,
      labels: labelsOf({ role: 'driver', app, run: own.run, owner, cluster, launcher }),
      publish: place.publish,
      address: null,
      leaseSeconds: request.cluster.kind === 'ephemeral' ? (request.cluster.spec.lease?.seconds ?? 0) : LEASE_SECONDS,
      stopSignal: (reason: unknown): NodeJS.Signals => (reason instanceof StopReason ? reason.signal : 'SIGTERM'),
    };
    const runDriver = (...[wanted, at, inner, hooks]: Parameters<RunDriver>): Promise<DriverEnd> =>
      runDockerDriver(wanted, at, { ...options, ...hooks }, inner);
    return { end: await launch(request, { provider, runDriver }, ctx) };
  } catch (error) {
    return { error };
  } finally {
    clearTimeout(timer);
  }
}

/** Where guards find this container, and the program that they are. */
async function lookAtSelf(docker: Docker, place: DockerPlace): Promise<Pick<VolumeGuard, 'host' | 'volume'>> {
  const inspected = await docker.getContainer(place.launcher).inspect();
  const volume = inspected.Mounts.find(({ Destination }) => Destination === MEMBER_FOLDER)?.Name;
  if (volume === undefined) throw new Error(`the container ${place.launcher} has no volume at ${MEMBER_FOLDER}`);
  return { host: addressIn(inspected, place.network), volume };
}

/** All that is left of the run but this container and its volume, which go with its end. */
async function sweepOwn(
  { run, docker, leaseDirectory }: DockerRun,
  { launcher }: DockerPlace,
  log: EventLog,
): Promise<readonly string[]> {
  const outer: Ctx = { signal: new AbortController().signal, emit: log.emit, now: steadyNow };
  const ctx = withSignal(outer, AbortSignal.timeout(SWEEP_DEADLINE_MS));
  const roles = ['driver', 'master', 'worker', 'network'] as const;
  try {
    return await sweepDocker({ docker, labels: runLabels(run, leaseDirectory), roles, spared: [launcher] }, ctx);
  } catch (error) {
    return [`containers and networks with the label ${LABELS.run}=${run}: ${errorMessage(error)}`];
  }
}
