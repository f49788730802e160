import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const node = join(root, 'node_modules', 'node', 'bin', 'node');

/** A home of its own for the state of one test. The cache is the user's: Spark is fetched once. */
export interface Home extends AsyncDisposable {
  readonly path: string;
  readonly stateFolder: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function makeHome(): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), 'hibana-home-'));
  const state = join(path, 'state');
  return {
    path,
    stateFolder: join(state, 'hibana'),
    env: { XDG_STATE_HOME: state, XDG_CONFIG_HOME: join(path, 'config') },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Another user, as root alone can be. */
  readonly uid?: number;
}

export interface CliEnd {
  /** As a shell gives it; `null` when a signal ended the CLI itself. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built CLI as a process, as CI would start it: no terminal, `CI=true`. */
export interface CliProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it has said so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** For output that is not text. */
  readonly stdoutBytes: () => Buffer;
  readonly ended: Promise<CliEnd>;
  /** Resolves when `text` has been seen on stdout; rejects when the CLI ends without it. */
  readonly saw: (text: string) => Promise<void>;
}

export function startCli(args: readonly string[], home: Home, options: CliOptions = {}): CliProcess {
  const { HIBANA_HOME: _own, ...inherited } = process.env;
  const child = spawn(node, [join(root, 'dist', 'cli', 'main.mjs'), ...args], {
    cwd: options.cwd ?? root,
    env: { ...inherited, CI: 'true', ...home.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  const text = (stream: keyof typeof chunks) => (): string => Buffer.concat(chunks[stream]).toString('utf8');
  const ended = once(child, 'close').then(([status, signal]) => ({
    status: status as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout: text('stdout')(),
    stderr: text('stderr')(),
  }));
  const saw = async (wanted: string): Promise<void> => {
    while (!text('stdout')().includes(wanted)) {
      const next = await Promise.race([once(child.stdout, 'data'), ended]);
      if ('status' in next && !next.stdout.includes(wanted)) {
        throw new Error(`the CLI ended with ${next.status} before "${wanted}":\n${next.stderr}`);
      }
    }
  };
  const stdoutBytes = (): Buffer => Buffer.concat(chunks.stdout);
  return { child, pid: child.pid ?? 0, stdout: text('stdout'), stderr: text('stderr'), stdoutBytes, ended, saw };
}

export function runCli(args: readonly string[], home: Home, options: CliOptions = {}): Promise<CliEnd> {
  return startCli(args, home, options).ended;
}
