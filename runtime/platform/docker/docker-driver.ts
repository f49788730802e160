import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Cluster } from '../../core/cluster.ts';
import { type Ctx, withSignal } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import type { DriverPlace } from '../../core/submit-args.ts';
import { explainEnd, hasRegistered } from '../attach/driver-log.ts';
import { guardEnvironment, guardedCommand } from '../container/guard-command.ts';
import {
  DRIVER_LOGS,
  DRIVER_PORTS,
  EVENT_LOG,
  type ImageSparkConf,
  prepareDriver,
} from '../container/prepare-driver.ts';
import { hasEvents, readLogs } from '../local/driver-evidence.ts';
import { createGreetingFilter, NO_FILTER } from '../local/jvm-greeting.ts';
import { relayOutput } from '../relay-output.ts';
import { takeFiles } from './archive.ts';
import { awaitExit } from './await-exit.ts';
import type { ContainerImage } from './container-image.ts';
import type { ContainerRequest, PublishedPort } from './container-options.ts';
import { CHANNEL, readFrames } from './frames.ts';
import type { VolumeGuard } from './member-volume.ts';
import { removeContainer } from './remove.ts';
import { createContainer, startContainer } from './start-container.ts';

export interface DockerDriverOptions {
  readonly docker: Docker;
  readonly image: ContainerImage;
  readonly sparkConf: ImageSparkConf;
  readonly leaseDirectory: string;
  readonly network: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly publish: readonly PublishedPort[];
  readonly address: DriverPlace['address'];
  readonly guard: VolumeGuard;
  readonly leaseSeconds: number;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly onRelay: (relayed: Promise<unknown>) => void;
  readonly stopSignal: (reason: unknown) => NodeJS.Signals;
  /** Resolves when the user's code may begin. */
  readonly begin?: Promise<void> | undefined;
  readonly onUrl?: ((url: string) => void) | undefined;
}

/** How a driver ended, and in our words why where anything says so. */
export interface DockerDriverEnd {
  readonly status: number;
  readonly reason?: ToolError;
}

const DRAIN_MS = 1_000;
const CLEANUP_DEADLINE_MS = 20_000;

/** Runs the driver in a container of the application's image, and resolves with its status when that has ended and what it leaves is kept; the container
 *  is gone then. On abort it gets the polite signal, and SIGKILL after `timeouts.stopMs`.
 *  @throws {ToolError} as prepareDriver, createContainer and startContainer; rejects with `signal.reason` on abort */
export async function runDockerDriver(
  request: LaunchRequest,
  cluster: Cluster,
  options: DockerDriverOptions,
  ctx: Ctx,
): Promise<DockerDriverEnd> {
  const { docker, image, sparkConf, address, name, network, labels, publish, guard, leaseSeconds } = options;
  const { command, env, files, memoryBytes } = await prepareDriver({ request, cluster, sparkConf, address });
  const asked: ContainerRequest = {
    env: { ...env, ...guardEnvironment(guard) },
    ...{ name, image: image.id, user: image.user, labels, network, memoryBytes, millicores: null },
    command: guardedCommand(command, guard, leaseSeconds),
    ...{ memberVolume: guard.volume, folder: request.layout.app, publish },
  };
  const container = await createContainer(docker, asked, files, ctx);
  try {
    await unlessAborted(options.begin, ctx.signal);
    const status = await runToEnd(container, asked, request, options, ctx);
    const inspected = await container.inspect();
    await keepFiles(container, options, ctx);
    ctx.signal.throwIfAborted();
    return status === 0 ? { status } : await explain(status, { request, cluster, inspected, memoryBytes }, options);
  } finally {
    await removeContainer(container, { signal: AbortSignal.timeout(CLEANUP_DEADLINE_MS) }).catch(() => {});
  }
}

async function runToEnd(
  container: Docker.Container,
  asked: ContainerRequest,
  request: LaunchRequest,
  options: DockerDriverOptions,
  ctx: Ctx,
): Promise<number> {
  const stream = await container.attach({ stream: true, stdout: true, stderr: true, hijack: true });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const outputEnd = split(stream, { stdout, stderr });
  // It comes of a flag of ours, and says nothing about the job.
  const greets = request.layout.javaHasVectorModule && request.cluster.kind !== 'connect';
  const relayed = relayOutput({ stdout, stderr }, options, greets ? createGreetingFilter() : NO_FILTER);
  options.onRelay(relayed);
  const ended = awaitExit({ container, outputEnd });
  ended.catch(() => {});
  const address = await startContainer(container, asked, ctx);
  options.onUrl?.(`spark://CoarseGrainedScheduler@${address}:${DRIVER_PORTS.rpc}`);
  const stopped = stopOnAbort(container, request.timeouts.stopMs, options, ended, ctx);
  const status = await ended;
  await Promise.all([stopped, Promise.race([relayed, pause(DRAIN_MS)])]);
  return status;
}

async function split(
  stream: NodeJS.ReadWriteStream,
  to: { readonly stdout: PassThrough; readonly stderr: PassThrough },
): Promise<void> {
  try {
    for await (const { channel, payload } of readFrames(stream as unknown as AsyncIterable<Uint8Array>)) {
      const output = channel === CHANNEL.stderr ? to.stderr : to.stdout;
      if (!output.write(payload)) await once(output, 'drain');
    }
  } catch {
    // The connection broke: what came before it is whole.
  } finally {
    to.stdout.end();
    to.stderr.end();
  }
}

async function unlessAborted(promise: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (promise === undefined) return;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function stopOnAbort(
  container: Docker.Container,
  stopMs: number,
  { stopSignal }: DockerDriverOptions,
  ended: Promise<number>,
  { signal }: Ctx,
): Promise<void> {
  const aborted = Promise.withResolvers<'aborted'>();
  const onAbort = (): void => aborted.resolve('aborted');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const over = ended.then(
    () => 'ended' as const,
    () => 'ended' as const,
  );
  try {
    if ((await Promise.race([over, aborted.promise])) !== 'aborted') return;
    await container.kill({ signal: stopSignal(signal.reason) }).catch(() => {});
    const timer = new AbortController();
    await Promise.race([over, pause(stopMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    await container.kill({ signal: 'SIGKILL' }).catch(() => {});
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Under a deadline of its own: a run that is stopped has logs as well. */
async function keepFiles(
  container: Docker.Container,
  { leaseDirectory }: DockerDriverOptions,
  outer: Ctx,
): Promise<void> {
  const ctx = withSignal(outer, AbortSignal.timeout(CLEANUP_DEADLINE_MS));
  const [logs, events] = [join(leaseDirectory, LeaseFile.logs), join(leaseDirectory, LeaseFile.eventLog)];
  try {
    await mkdir(events, { recursive: true, mode: 0o700 });
    await takeSparkLog(container, logs, ctx);
    const nameOf = (path: string): string | undefined => /^eventlog\/(?:.*\/)?([\w.-]+)$/.exec(path)?.[1];
    await takeFiles(container, EVENT_LOG, { target: events, nameOf }, ctx);
  } catch {
    // What cannot be kept does not change how the job ended.
  }
}

/** Writes what Spark in a driver has said so far into a folder that is there. */
export async function takeSparkLog(container: Docker.Container, folder: string, ctx: Ctx): Promise<void> {
  const nameOf = (path: string): string | undefined => /^logs\/(driver\.spark\.log(?:\.1)?)$/.exec(path)?.[1];
  await takeFiles(container, DRIVER_LOGS, { target: folder, nameOf }, ctx);
}

interface Ended {
  readonly request: LaunchRequest;
  readonly cluster: Cluster;
  readonly inspected: Docker.ContainerInspectInfo;
  readonly memoryBytes: number;
}

async function explain(
  status: number,
  { request, cluster, inspected, memoryBytes }: Ended,
  { leaseDirectory }: DockerDriverOptions,
): Promise<DockerDriverEnd> {
  if (inspected.State.OOMKilled) {
    const message = 'The job was killed: its container used up its memory';
    return { status, reason: new ToolError('JOB_OUT_OF_MEMORY', message, { details: { memoryBytes } }) };
  }
  if (request.cluster.kind !== 'attach' && request.cluster.kind !== 'url') return { status };
  const log = await readLogs(leaseDirectory);
  const isTaken = hasRegistered(log) || (await hasEvents(leaseDirectory));
  const reason = explainEnd(log, cluster, request.app.spark, isTaken);
  return reason === undefined ? { status } : { status, reason };
}
