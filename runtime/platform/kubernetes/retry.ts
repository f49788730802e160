import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../core/context.ts';
import { orAborted } from '../../core/or-aborted.ts';
import { isPassing, kubernetesError } from './kubernetes-errors.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** Longer than an API server takes to start again. */
export const SERVER_AWAY_MS = 60_000;

/** How long to wait after so many failures in a row: longer each time, and never all at the same moment. */
export function backOffMs(failures: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
  return longest / 2 + (Math.random() * longest) / 2;
}

/** A server that has taken a call and says nothing is as one that is away. */
const ANSWER_MS = 20_000;

/** The answer of a server; a TimeoutError, which is passing, when there is none in time. A call that has no answer may still be done. */
export function answered<T>(call: Promise<T>, withinMs: number = ANSWER_MS): Promise<T> {
  return orAborted(call, { signal: AbortSignal.timeout(withinMs) });
}

/** Makes a call until the server has answered it: one that is away, or has too much to do, is asked again for a minute.
 *  @throws what kubernetesError makes of the answer, but for the statuses in `expected`, which pass on as they are; rejects with `signal.reason` on abort */
export async function retrying<T>(
  action: string,
  call: (isRepeated: boolean) => Promise<T>,
  ctx: Ctx,
  isExpected: (error: unknown) => boolean = () => false,
): Promise<T> {
  const deadline = ctx.now() + SERVER_AWAY_MS;
  for (let failures = 0; ; failures += 1) {
    ctx.signal.throwIfAborted();
    try {
      return await answered(call(failures > 0));
    } catch (error) {
      if (isExpected(error)) throw error;
      if (!isPassing(error) || ctx.now() > deadline) throw kubernetesError(error, action);
    }
    await pause(backOffMs(failures), undefined, { signal: ctx.signal }).catch(() => {});
  }
}
