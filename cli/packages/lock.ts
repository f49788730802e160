import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { systemCode } from '../../runtime/core/errors.ts';
import type { StepName } from '../../runtime/core/events.ts';
import { waitFor } from '../../runtime/core/wait.ts';

export interface Lock {
  /** The file that stands for the lock; it need not exist. */
  readonly path: string;
  /** Who takes it, for those who wait: `process 4711`. */
  readonly holder: string;
  /** What is done under it, for people: `prepare Spark 4.2.1`. */
  readonly what: string;
  readonly step: StepName;
  /** Default 30 minutes: a slow network, but not for ever. */
  readonly deadlineMs?: number;
  /** Called whenever somebody else is found to hold it; throws where that is not to be waited for. */
  readonly whileHeld?: () => Promise<void>;
}

/** Runs `work` while no other process runs under the same lock. A holder that was killed is noticed after 5 s, by the time of the lock, which
 *  a living one renews; so it also works between containers and hosts that share a folder.
 *  @throws {ToolError} LOCK_TIMEOUT after `deadlineMs`, naming the holder; what `whileHeld` throws; rejects with `signal.reason` on abort. */
export async function withLock<T>(wanted: Lock, work: () => Promise<T>, ctx: Ctx): Promise<T> {
  await mkdir(dirname(wanted.path), { recursive: true });
  const release = await waitFor(
    {
      what: `another hibana to ${wanted.what}`,
      step: wanted.step,
      deadlineMs: wanted.deadlineMs ?? DEFAULT_DEADLINE_MS,
      intervalMs: POLL_MS,
      code: 'LOCK_TIMEOUT',
    },
    async () => {
      const value = await tryLock(wanted.path);
      if (value !== undefined) return { done: true, value };
      await wanted.whileHeld?.();
      return { done: false, lastSeen: `${await holderOf(wanted.path)} holds "${wanted.path}.lock"` };
    },
    ctx,
  );
  try {
    await writeFile(wanted.path, wanted.holder);
    return await work();
  } finally {
    // A lock that somebody took over because this process was stopped for long is theirs to give back.
    await release().catch(() => {});
  }
}

const DEFAULT_DEADLINE_MS = 30 * 60_000;
const POLL_MS = 200;
const STALE_MS = 5_000;
const RENEW_MS = 1_500;

async function tryLock(path: string): Promise<(() => Promise<void>) | undefined> {
  const { lock } = await import('./lock-file.ts');
  try {
    // Two holders at once do no harm (an entry is made under a name of its own and appears by rename), so losing the lock is not an error.
    return await lock(path, { realpath: false, stale: STALE_MS, update: RENEW_MS, onCompromised: () => {} });
  } catch (error) {
    if (systemCode(error) === 'ELOCKED') return undefined;
    throw error;
  }
}

async function holderOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')) || 'another process';
}
