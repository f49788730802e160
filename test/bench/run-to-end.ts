import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface BenchCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

export interface TimedEnd {
  /** From before its start to its end, as whoever waits for it sees it. */
  readonly elapsedMs: number;
  readonly stdout: string;
}

/** Runs a command to its end. A figure of a command that failed would mean nothing: it throws, with what the command said. */
export async function runToEnd(command: BenchCommand, signal: AbortSignal): Promise<TimedEnd> {
  signal.throwIfAborted();
  const startedAt = performance.now();
  const child = spawn(command.file, command.args, {
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  });
  const ended = once(child, 'exit').then(([status]) => ({ status, elapsedMs: performance.now() - startedAt }));
  const [{ status, elapsedMs }, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (status !== 0) throw new Error(`${[command.file, ...command.args].join(' ')} ended with ${status}:\n${stderr}`);
  return { elapsedMs, stdout };
}
