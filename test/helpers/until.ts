import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;
const WITHIN_MS = 30_000;

/** Looks until there is something, and gives it; an error of the look counts as nothing yet.
 *  @throws when there is nothing after `withinMs` (default 30 s), with the last error as the cause */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs: number = WITHIN_MS,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    let cause: unknown;
    const found = await look().catch((error: unknown) => {
      cause = error;
    });
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs / 1_000} s for ${what}`, { cause });
    await pause(LOOK_EVERY_MS);
  }
}
