import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { awakeTimeout } from '../../runtime/core/awake-timeout.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import type { Environment } from '../packages/machine.ts';

export interface ChildCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly cwd?: string;
  /** Default 10 minutes. */
  readonly deadlineMs?: number;
  readonly onLine?: (line: string) => void;
  /** What it can read from its standard input; default nothing. */
  readonly input?: string;
}

export interface ChildResult {
  /** `null` when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  /** The last lines of what it wrote to stderr. */
  readonly lastLines: readonly string[];
}

/** Runs a program to its end, in a process group of its own. Its whole group is killed on abort and at the deadline; what has left the group is not
 *  waited for then.
 *  Rejects with the error of the start (ENOENT, EACCES), with `signal.reason` on abort, with a TimeoutError at the deadline. */
export async function runChild(command: ChildCommand, ctx: Ctx): Promise<ChildResult> {
  ctx.signal.throwIfAborted();
  using deadline = awakeTimeout(command.deadlineMs ?? DEFAULT_DEADLINE_MS);
  const signal = AbortSignal.any([ctx.signal, deadline.signal]);
  const child = spawn(command.file, command.args, {
    env: { ...command.env },
    cwd: command.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  // One that ends without reading it says so by its status.
  child.stdin.on('error', () => {}).end(command.input);
  const kill = () => {
    killGroup(child);
    // What has left the group may hold them open for as long as it likes.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  signal.addEventListener('abort', kill, { once: true });
  try {
    const [stdout, lastLines, [status]] = await Promise.all([
      collect(child.stdout),
      followLines(child.stderr, command.onLine),
      once(child, 'close'),
    ]);
    signal.throwIfAborted();
    return { status: typeof status === 'number' ? status : null, stdout, lastLines };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

const DEFAULT_DEADLINE_MS = 10 * 60_000;
const KEPT_LINES = 30;

async function collect(stream: Readable): Promise<string> {
  const chunks: string[] = [];
  stream.setEncoding('utf8');
  for await (const chunk of stream) chunks.push(String(chunk));
  return chunks.join('');
}

async function followLines(stream: Readable, onLine: ChildCommand['onLine']): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    if (line.trim() === '') continue;
    onLine?.(line);
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  }
  return lines;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
