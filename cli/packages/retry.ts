import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import { isPassing } from './http-errors.ts';

/** Waits between the tries, in milliseconds: there is one try more than there are waits. */
export const RETRY_WAITS_MS: readonly number[] = [300, 1_000, 3_000];

/** Tries again what failed for a reason that passes (a cut connection, a server in trouble), a few times, and then lets the error pass. */
export async function retry<T>(work: () => Promise<T>, ctx: Ctx, waitsMs = RETRY_WAITS_MS): Promise<T> {
  for (const waitMs of waitsMs) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await pause(waitMs, undefined, { signal: ctx.signal });
    }
  }
  return work();
}
