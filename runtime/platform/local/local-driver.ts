import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { signalStatus } from '../../core/exit-codes.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { relayOutput } from '../relay-output.ts';
import { prepareConnectDriver } from './connect-driver.ts';
import { makeGate } from './driver-gate.ts';
import { createGreetingFilter, NO_FILTER } from './jvm-greeting.ts';
import { type DriverFolders, prepareDriver } from './prepare-driver.ts';
import { recordProcess } from './process-record.ts';
import { signalGroup } from './signal-group.ts';

export interface LocalDriverOptions extends DriverFolders {
  /** The job's own output goes here, byte for byte, and into the run's logs. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Is given what resolves when all that the job wrote has been taken by its readers, which may be long after the driver's end:
   *  whoever ends the process before that cuts the job's output off. Never rejects. */
  readonly onRelay?: (relayed: Promise<unknown>) => void;
  /** Resolves when the user's code may begin; until then the driver does what needs no cluster. */
  readonly begin?: Promise<void> | undefined;
  /** Is told where the driver's executors will call it, before it starts. */
  readonly onUrl?: ((url: string) => void) | undefined;
  /** Asks a stopped driver this politely: the signal to send first. */
  readonly stopSignal: (reason: unknown) => NodeJS.Signals;
}

/** After the driver's end its children may still hold its pipes, and readers may be slow: neither keeps the cluster alive. */
const DRAIN_MS = 250;

/** Runs the driver as a child process that leads a session of its own, and resolves with its status when it has ended.
 *  On abort its process group gets the polite signal, and SIGKILL after `timeouts.stopMs`. */
export async function runLocalDriver(
  request: LaunchRequest,
  cluster: Cluster,
  options: LocalDriverOptions,
  ctx: Ctx,
): Promise<{ readonly status: number }> {
  const prepare = request.cluster.kind === 'connect' ? prepareConnectDriver : prepareDriver;
  const { file, args, env, python, url } = await prepare(request, cluster, options, ctx);
  if (url !== null) options.onUrl?.(url);
  const scratch = join(options.leaseDirectory, LeaseFile.scratch);
  const gate =
    options.begin && python !== null ? await makeGate(env.PYSPARK_DRIVER_PYTHON ?? python, scratch) : undefined;
  const begun = options.begin?.then(() => gate?.open());
  if (!gate) await unlessAborted(begun, ctx.signal);
  ctx.signal.throwIfAborted();
  const child = spawn(file, args, {
    cwd: request.layout.app,
    env: { ...env, ...gate?.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = Promise.withResolvers<number>();
  child.once('exit', (code, signal) =>
    ended.resolve(signal === null ? (code ?? 1) : signalStatus(constants.signals[signal])),
  );
  // It comes of a flag of ours, and says nothing about the job.
  const greets = request.layout.javaHasVectorModule && request.cluster.kind !== 'connect';
  const { stdout, stderr } = child;
  const relayed = relayOutput({ stdout, stderr }, options, greets ? createGreetingFilter() : NO_FILTER);
  options.onRelay?.(relayed);
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new ToolError('JOB_FAILED', `Cannot start the driver with "${file}"`, { cause });
  });
  const pid = child.pid ?? 0;
  await recordProcess(join(options.leaseDirectory, LeaseFile.processes), pid, 'driver');
  const stopped = stopOnAbort(pid, request.timeouts.stopMs, options, ended.promise, ctx);
  // A gate that cannot be opened ends the run, and that the driver.
  const status = await Promise.race([ended.promise, begun?.then(() => ended.promise) ?? ended.promise]);
  await Promise.all([stopped, Promise.race([relayed, pause(DRAIN_MS)])]);
  ctx.signal.throwIfAborted();
  return { status };
}

async function unlessAborted(promise: Promise<unknown> | undefined, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([promise, aborted]);
}

async function stopOnAbort(
  pid: number,
  stopMs: number,
  options: LocalDriverOptions,
  ended: Promise<number>,
  ctx: Ctx,
): Promise<void> {
  const aborted = Promise.withResolvers<'aborted'>();
  const onAbort = (): void => aborted.resolve('aborted');
  ctx.signal.addEventListener('abort', onAbort, { once: true });
  if (ctx.signal.aborted) onAbort();
  try {
    if ((await Promise.race([ended, aborted.promise])) !== 'aborted') return;
    signalGroup(pid, options.stopSignal(ctx.signal.reason));
    const timer = new AbortController();
    await Promise.race([ended, pause(stopMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    signalGroup(pid, 'SIGKILL');
  } finally {
    ctx.signal.removeEventListener('abort', onAbort);
  }
}
