import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { awakeTimeout } from '../../core/awake-timeout.ts';

export interface Guards {
  /** Ends the guards: there is nothing left to guard. */
  release(): Promise<void>;
}

export interface GuardOptions {
  /** What a guard becomes when this process has gone: a program, by its whole path, with its arguments. */
  readonly sweep: readonly [string, ...string[]];
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

const RELEASED = 'released';
/** It waits for the connection to end: an anonymous pipe, which nobody else can hold and which the kernel closes whatever kills its owner. The end
 *  without the word is the owner's death. A shell, because it is there at once and holds a fortieth of the memory; it ends with what it guards and
 *  not before, so a signal to a whole group must not end it. */
const WATCH = `trap '' HUP INT TERM
echo watching
while IFS= read -r word; do [ "$word" != ${RELEASED} ] || exit 0; done
exec "$@"`;

/** Starts the guards and resolves when they watch; a guard that dies is replaced at once. Should this process end without having released them, whatever
 *  ends it, each of them runs `sweep`. Rejects, and leaves none, when one of them does not start; with `signal.reason` on abort before they watch. */
export async function startGuards(options: GuardOptions, signal: AbortSignal): Promise<Guards> {
  const guards = new Set<ChildProcess>();
  let released = false;
  let restarts = 0;

  const start = async (stop: readonly AbortSignal[]): Promise<void> => {
    const args = ['-c', WATCH, 'hibana-guard', ...options.sweep];
    const child = spawn('/bin/sh', args, { env: options.env, stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    guards.add(child);
    child.stdin.on('error', () => {});
    child.once('exit', () => {
      guards.delete(child);
      if (released) return;
      restarts += 1;
      if (restarts > MAXIMUM_RESTARTS) options.onLost();
      else void start([]).catch(options.onLost);
    });
    child.once('error', () => guards.delete(child));
    using deadline = awakeTimeout(START_DEADLINE_MS);
    const until = { signal: AbortSignal.any([deadline.signal, ...stop]) };
    await Promise.race([once(child.stdout, 'data', until), once(child, 'exit', until)]);
    if (child.pid !== undefined) await options.onStart(child.pid);
  };
  const release = async (): Promise<void> => {
    released = true;
    const ends = [...guards].map((child) => {
      child.stdin?.end(`${RELEASED}\n`);
      return once(child, 'exit', { signal: AbortSignal.timeout(RELEASE_DEADLINE_MS) }).catch(() =>
        child.kill('SIGKILL'),
      );
    });
    await Promise.all(ends);
  };

  try {
    await Promise.all(Array.from({ length: GUARD_COUNT }, () => start([signal])));
    return { release };
  } catch (error) {
    await release();
    signal.throwIfAborted();
    throw error;
  }
}
