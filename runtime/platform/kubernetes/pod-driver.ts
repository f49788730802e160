import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { orAborted } from '../../core/or-aborted.ts';
import { writeAtomically } from '../atomic-write.ts';
import { explainEnd } from '../attach/driver-log.ts';
import {
  type ContainerCommand,
  DRIVER_PORTS,
  type ImageSparkConf,
  prepareDriver,
} from '../container/prepare-driver.ts';
import { WORK } from '../container/work.ts';
import { readLogs, SPARK_LOG } from '../local/driver-evidence.ts';
import { driverScript } from './driver-script.ts';
import { DRIVER_CONTAINER } from './kubernetes-place.ts';
import { LEASE_NAMES, untilWritten } from './lease-words.ts';
import type { PodBoard } from './pod-board.ts';
import { endOf, troubleOf } from './pod-state.ts';

export interface PodDriverOptions {
  readonly sparkConf: ImageSparkConf;
  /** The folder that launcher and driver share. */
  readonly lease: string;
  /** The pod in which both are. */
  readonly pod: string;
  readonly podIp: string;
  readonly board: PodBoard;
  readonly stopSignal: (reason: unknown) => 'SIGINT' | 'SIGTERM';
  /** Resolves when the user's code may begin. */
  readonly begin?: Promise<void> | undefined;
  readonly onUrl?: ((url: string) => void) | undefined;
}

/** How a driver ended, and in our words why where anything says so. */
export interface PodDriverEnd {
  readonly status: number;
  readonly reason?: ToolError;
}

/** For everybody in the pod, which is nobody else: the images of launcher and driver may have users and groups of their own. */
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o777;
const OTHERS_READ = 0o044;
/** After SIGKILL: for a kubelet to say that it has ended. */
const SEEN_WITHIN_MS = 15_000;

/** Has the driver's container, which waits beside this one, run the job, and resolves with its status. On abort it gets the polite signal, and SIGKILL
 *  after `timeouts.stopMs`.
 *  @throws {ToolError} as prepareDriver; IMAGE_PULL_FAILED, POD_FAILED when its container cannot start; rejects with `signal.reason` on abort */
export async function runPodDriver(
  request: LaunchRequest,
  cluster: Cluster,
  options: PodDriverOptions,
  ctx: Ctx,
): Promise<PodDriverEnd> {
  const { sparkConf, lease, podIp, begin } = options;
  // By its name, which Spark would take, nobody finds a pod.
  const prepared = await prepareDriver({ request, cluster, sparkConf, address: { host: podIp, bind: podIp } });
  await writeFiles(prepared);
  await writeAtomically(join(lease, LEASE_NAMES.script), driverScript(prepared, request.layout.app), FILE_MODE);
  if (begin !== undefined) await orAborted(begin, ctx);
  ctx.signal.throwIfAborted();
  await writeAtomically(join(lease, LEASE_NAMES.go), '', FILE_MODE);
  options.onUrl?.(`spark://CoarseGrainedScheduler@${podIp}:${DRIVER_PORTS.rpc}`);
  const ended = untilEnded(options);
  ended.catch(() => {});
  const end = await orAborted(ended, ctx).catch(async (error: unknown) => {
    if (ctx.signal.aborted) await stop(request.timeouts.stopMs, ended, options, ctx);
    throw error;
  });
  if (end.isOutOfMemory) {
    const message = 'The job was killed: its container used up its memory';
    return { status: end.status, reason: new ToolError('JOB_OUT_OF_MEMORY', message) };
  }
  if (end.status === 0 || (request.cluster.kind !== 'attach' && request.cluster.kind !== 'url'))
    return { status: end.status };
  const log = await readLogs(WORK, [SPARK_LOG]);
  const reason = explainEnd(log, cluster, request.app.spark, false);
  return reason === undefined ? { status: end.status } : { status: end.status, reason };
}

async function writeFiles({ files }: ContainerCommand): Promise<void> {
  for (const { path, mode, content } of files) {
    const target = join(WORK, path);
    if (content === null) await makeFolder(target);
    else await writeFile(target, content, { mode: mode | OTHERS_READ });
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  // What the mask of this process takes away is needed.
  await chmod(path, FOLDER_MODE);
}

interface Ended {
  readonly status: number;
  readonly isOutOfMemory: boolean;
}

const KILLED = 137;

function asEnded(status: number): Ended {
  return { status, isOutOfMemory: false };
}

/** As soon as its script has written it down; the kubelet says it a second later, also of one that was killed with its script. */
async function untilEnded({ lease, pod, board }: PodDriverOptions): Promise<Ended> {
  const over = new AbortController();
  try {
    const status = await Promise.race([
      untilWritten(lease, over.signal).then(asEnded),
      untilSeen(pod, board, over.signal),
    ]);
    if (status.status !== KILLED) return status;
    // Why, the kubelet alone knows.
    return await Promise.race([untilSeen(pod, board, over.signal), pause(SEEN_WITHIN_MS, status, { ref: false })]);
  } finally {
    over.abort();
  }
}

async function untilSeen(name: string, board: PodBoard, signal: AbortSignal): Promise<Ended> {
  for await (const _ of board.changes({ signal })) {
    const pod = board.pod(name);
    const end = pod && endOf(pod, DRIVER_CONTAINER);
    if (end !== undefined) return end;
    const trouble = pod && troubleOf(pod);
    if (trouble?.isFinal === true) throw new ToolError(trouble.code, `Cannot start the driver: ${trouble.message}`);
  }
  return never();
}

/** What nobody waits for any more. */
function never(): Promise<never> {
  return new Promise(() => {});
}

async function stop(
  stopMs: number,
  ended: Promise<unknown>,
  { lease, stopSignal }: PodDriverOptions,
  { signal }: Ctx,
): Promise<void> {
  const name = stopSignal(signal.reason).slice('SIG'.length);
  const seconds = Math.ceil(stopMs / 1_000);
  // The job may write there too: under a name that it cannot have taken.
  const beside = join(lease, `${LEASE_NAMES.stop}.${crypto.randomUUID()}`);
  await writeFile(beside, `${name} ${seconds}\n`, { mode: FILE_MODE, flag: 'wx' });
  await rename(beside, join(lease, LEASE_NAMES.stop));
  await Promise.race([ended.catch(() => {}), pause(stopMs + SEEN_WITHIN_MS, undefined, { ref: false })]);
}
