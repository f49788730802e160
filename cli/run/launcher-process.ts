import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { awakeTimeout } from '../../runtime/core/awake-timeout.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { ProgressEvent } from '../../runtime/core/events.ts';
import { formatLaunchRequest, type LaunchRequest } from '../../runtime/core/launch-env.ts';
import { LeaseFile, LeashWord, READY } from '../../runtime/core/lease-directory.ts';
import { writeAtomically } from '../../runtime/platform/atomic-write.ts';
import type { JobStream } from '../report/reporter.ts';
import type { GuardedRun } from './guarded-run.ts';

export interface LauncherOptions {
  readonly run: string;
  readonly stateFolder: string;
  /** Node and the launcher's bundle. */
  readonly node: string;
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onEvent: (event: ProgressEvent) => void;
  /** Awaited before more is read: a slow reader slows the job. */
  readonly onOutput: (stream: JobStream, chunk: Uint8Array) => Promise<void>;
}

/** The launcher as a process beside this one. From its start on it and its guards delete what the run has, should this process die. */
export interface LauncherProcess extends GuardedRun {
  /** Hands over the request; resolves when the launcher has ended and all its output has been relayed. */
  launch(request: LaunchRequest): Promise<void>;
  /** Hands over the request and lets go: the run goes on by itself, and disposing does nothing any more. */
  detach(request: LaunchRequest): Promise<void>;
  signal(signal: 'SIGINT' | 'SIGTERM'): void;
}

/** It mostly waits: compiled code would take memory for nothing. Without it a run's launcher held 87 MiB instead of 65. */
const SMALL = ['--lite-mode'];
/** Longer than it waits for its guards. One that dies says so by its exit. */
const READY_DEADLINE_MS = 120_000;
const END_DEADLINE_MS = 15_000;

/** Starts the launcher and resolves when the lease directory is there and guarded.
 *  Disposing before `launch` lets it delete the lease directory and end.
 *  @throws {ToolError} LAUNCHER_FAILED when it does not come up within two minutes */
export async function startLauncher(options: LauncherOptions, ctx: Ctx): Promise<LauncherProcess> {
  const { run, stateFolder } = options;
  const child = spawn(options.node, [...SMALL, options.program, 'launch', run, stateFolder], {
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C in a terminal reaches this process, which decides, and not the launcher.
    detached: true,
  });
  const [leash, stdout, stderr, events] = child.stdio as unknown as [Writable, Readable, Readable, Readable]; // as spawned just above
  leash.on('error', () => {});
  const exited = once(child, 'exit').catch((error: unknown) => error);
  const ready = Promise.withResolvers<void>();
  const relayed = Promise.all([
    relayOutput('stdout', stdout, options),
    relayOutput('stderr', stderr, options),
    relayEvents(events, ready.resolve, options),
  ]);
  await untilReady(child, ready.promise, exited, ctx);
  const leaseDirectory = join(stateFolder, 'runs', run);
  let isRequested = false;
  let isDetached = false;
  // Before it had a request its guards delete everything, the checkout included: maybe before we hear of the end of the process.
  const isLost = (): boolean =>
    !isRequested && (child.exitCode !== null || child.signalCode !== null || !existsSync(leaseDirectory));
  const handOver = async (request: LaunchRequest, word: string): Promise<void> => {
    await writeAtomically(join(leaseDirectory, LeaseFile.request), formatLaunchRequest(request)).catch(
      (cause: unknown) => {
        throw isLost() ? launcherLost(cause) : cause;
      },
    );
    isRequested = true;
    await new Promise<void>((resolve) => leash.write(`${word}\n`, () => resolve()));
  };
  return {
    leaseDirectory,
    isLost,
    launch: async (request) => {
      await handOver(request, LeashWord.launch);
      await exited;
      await relayed;
    },
    detach: async (request) => {
      await handOver(request, LeashWord.detach);
      isDetached = true;
      relayed.catch(() => {});
      for (const stream of [leash, stdout, stderr, events]) stream.destroy();
      child.unref();
    },
    signal: (signal) => child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      if (isDetached) return;
      leash.end();
      const deadline = AbortSignal.timeout(END_DEADLINE_MS);
      deadline.addEventListener('abort', () => child.kill('SIGKILL'));
      await exited;
    },
  };
}

/** The launcher's bundle. */
export function launcherProgram(root: string): string {
  return join(root, 'dist', 'launcher', 'main.mjs');
}

export function launcherLost(cause: unknown): ToolError {
  return new ToolError('LAUNCHER_LOST', 'The launcher was killed before it had the job', { cause });
}

async function untilReady(
  child: ChildProcess,
  ready: Promise<void>,
  exited: Promise<unknown>,
  ctx: Ctx,
): Promise<void> {
  using timeout = awakeTimeout(READY_DEADLINE_MS);
  const stopped = Promise.withResolvers<never>();
  const onStop = (): void => stopped.reject(ctx.signal.aborted ? ctx.signal.reason : timeout.signal.reason);
  const stop = AbortSignal.any([ctx.signal, timeout.signal]);
  stop.addEventListener('abort', onStop, { once: true });
  const ended = exited.then((cause) => {
    throw new ToolError('LAUNCHER_FAILED', 'Cannot start the launcher: it ended at once', { cause });
  });
  try {
    ctx.signal.throwIfAborted();
    await Promise.race([ready, ended, stopped.promise]);
  } catch (error) {
    child.stdin?.end();
    if (ctx.signal.aborted || error instanceof ToolError) throw error;
    child.kill('SIGKILL');
    throw new ToolError(
      'LAUNCHER_FAILED',
      `Cannot start the launcher: it was not ready within ${READY_DEADLINE_MS / 1_000} s`,
    );
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}

async function relayOutput(stream: JobStream, from: Readable, { onOutput }: LauncherOptions): Promise<void> {
  for await (const chunk of from) await onOutput(stream, chunk);
}

async function relayEvents(from: Readable, onReady: () => void, { onEvent }: LauncherOptions): Promise<void> {
  for await (const line of createInterface({ input: from })) {
    const event = line === READY ? undefined : parseEvent(line);
    if (event) onEvent(event);
    else if (line === READY) onReady();
  }
}

/** `undefined` for half a line: the launcher was killed while it wrote. */
function parseEvent(line: string): ProgressEvent | undefined {
  try {
    return JSON.parse(line); // our own launcher's, of this very version
  } catch {
    return undefined;
  }
}
