import { createWriteStream, existsSync, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { availableParallelism, totalmem, userInfo } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { READY } from '../core/lease-directory.ts';
import { startGuards } from '../platform/local/guards.ts';
import { RUN_VARIABLE } from '../platform/local/process-table.ts';
import { sweepRun } from '../platform/local/sweep.ts';
import { programFor } from './container/first-process.ts';
import { imageRootOf } from './container/image-root.ts';
import { holdLeash } from './leash.ts';
import { StopReason } from './stop-reason.ts';

const [verb, ...args] = process.argv.slice(2);
const [run = '', stateFolder = ''] = args;
const [, program = ''] = process.argv;
const image = imageRootOf(program);
const stop = new AbortController();

if (verb === 'sweep') await runSweep();
else if (verb === 'member') await guardMember();
else if (verb === 'launch' && image !== undefined) await runContainer(image);
else if (verb === 'launch') await runLaunch();
else failUsage();

/** In place of a guard, when whoever it guarded for has gone. */
async function runSweep(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  const leaseDirectory = join(stateFolder, 'runs', run);
  await sweepRun({ run, leaseDirectory, stateFolder, markLost: true });
  process.exit(0);
}

async function runLaunch(): Promise<void> {
  stopOnSignals();
  const { explainFailure, readRequest, runLocal } = await import('./run-local.ts');
  const stderr = outputTo(2);
  const events = outputTo(3);
  const leash = holdLeash(process.stdin, (reason) => stop.abort(reason));
  try {
    process.exitCode = await runLocal({
      run,
      stateFolder,
      startGuards: (onStart) =>
        startGuards(
          {
            sweep: [process.execPath, program, 'sweep', run, stateFolder],
            env: inheritedEnvironment(),
            onStart,
            onLost: () => stop.abort(new Error('The guards cannot be kept alive')),
          },
          stop.signal,
        ),
      whenReady: async (leaseDirectory) => {
        events.write(`${READY}\n`);
        return (await leash.requested) ? readRequest(leaseDirectory) : undefined;
      },
      stop,
      env: { ...inheritedEnvironment(), [RUN_VARIABLE]: run },
      pid: process.pid,
      stdout: outputTo(1),
      stderr,
      // A listener that went away loses events, never the job.
      onEvent: (event) => events.writable && events.write(`${JSON.stringify(event)}\n`),
      now: Date.now,
    });
  } catch (error) {
    stderr.write(explainFailure(error));
    process.exitCode = 1;
  }
  await new Promise<void>((resolve) => events.end(resolve));
  process.exit();
}

async function guardMember(): Promise<void> {
  const { runMember } = await import('./run-member.ts');
  const onSignal = (listener: (signal: NodeJS.Signals) => void): void => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, listener);
  };
  process.exit(await runMember(args, { env: inheritedEnvironment(), onSignal }));
}

/** In a container of an application's image: its command is the application's arguments. */
async function runContainer(root: string): Promise<void> {
  const node = { file: process.execPath, options: process.execArgv, args: process.argv.slice(1) };
  const better = programFor(node, process.pid, existsSync);
  if (better !== undefined) process.execve?.(better.file, better.args, process.env);
  stopOnSignals(SAME_KEY_MS);
  const { launchContainer, roomOf } = await import('./container/launch-container.ts');
  const stderr = outputTo(2);
  process.exitCode = await launchContainer({
    root,
    args: args[0] === '--' ? args.slice(1) : args,
    env: process.env,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    isUserKnown,
    room: roomOf(process.constrainedMemory(), totalmem(), availableParallelism()),
    pid: process.pid,
    stop,
    stdout: outputTo(1),
    stderr,
    startedAt: performance.timeOrigin,
    now: Date.now,
    random: Math.random,
  });
  await new Promise<void>((resolve) => stderr.end(resolve));
  process.exit();
}

function isUserKnown(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

/** Ctrl-C in the terminal of a container is a signal to the launcher and to the shell in front of it, which passes it on. */
const SAME_KEY_MS = 100;

/** Signals that come within `sameMs` of another are the same one. */
function stopOnSignals(sameMs = 0): void {
  let stops = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const isSame = performance.now() - last < sameMs;
      last = performance.now();
      if (isSame) return;
      stops += 1;
      stop.abort(StopReason.signal(signal));
      // The third one is from somebody who will not wait: the guards clean up, or the end of the container does.
      if (stops === 3) process.exit(128);
    });
  }
  process.on('SIGHUP', () => stop.abort(StopReason.signal('SIGTERM')));
}

function failUsage(): never {
  process.stderr.write('usage: launcher launch|sweep RUN STATE_FOLDER\n');
  process.exit(2);
}

/** The environment that the caller chose for the launcher, its guards, the members and the job. */
function inheritedEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Never `process.stdout`, whose writes to a pipe block the whole program while the reader is slow. */
function outputTo(fd: number): Writable {
  const stats = fstatSync(fd);
  const output =
    stats.isSocket() || stats.isFIFO()
      ? new Socket({ fd, readable: false, writable: true })
      : createWriteStream('', { fd });
  // A reader that went away is no error of the job.
  return output.on('error', () => {});
}
