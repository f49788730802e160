import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { awakeTimeout } from '../core/awake-timeout.ts';
import { RELEASED } from './guard.ts';

export interface Guards {
  /** Ends the guards: there is nothing left to guard. */
  release(): Promise<void>;
}

export interface GuardOptions {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly onStart: (pid: number) => Promise<void>;
  /** Called when the guards die faster than they can be replaced. */
  readonly onLost: () => void;
}

/** One for the cluster, one for the driver: whichever two processes of a run are killed at once, a third one sweeps. */
const GUARD_COUNT = 2;
const MAXIMUM_RESTARTS = 20;
/** A guard is not replaced for being slow: one that dies says so by its exit. */
const START_DEADLINE_MS = 90_000;
const RELEASE_DEADLINE_MS = 2_000;

/** Starts the guards and resolves when they watch; a guard that dies is replaced at once. */
export async function startGuards(options: GuardOptions): Promise<Guards> {
  const guards = new Set<ChildProcess>();
  let released = false;
  let restarts = 0;

  const start = async (): Promise<void> => {
    const [file, ...args] = options.command;
    const child = spawn(file, args, { env: options.env, stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    guards.add(child);
    child.stdin.on('error', () => {});
    child.once('exit', () => {
      guards.delete(child);
      if (released) return;
      restarts += 1;
      if (restarts > MAXIMUM_RESTARTS) options.onLost();
      else void start().catch(options.onLost);
    });
    child.once('error', options.onLost);
    using deadline = awakeTimeout(START_DEADLINE_MS);
    const { signal } = deadline;
    await Promise.race([once(child.stdout, 'data', { signal }), once(child, 'exit', { signal })]);
    if (child.pid !== undefined) await options.onStart(child.pid);
  };

  await Promise.all(Array.from({ length: GUARD_COUNT }, start));
  return {
    release: async () => {
      released = true;
      const ends = [...guards].map((child) => {
        child.stdin?.end(`${RELEASED}\n`);
        return once(child, 'exit', { signal: AbortSignal.timeout(RELEASE_DEADLINE_MS) }).catch(() =>
          child.kill('SIGKILL'),
        );
      });
      await Promise.all(ends);
    },
  };
}
