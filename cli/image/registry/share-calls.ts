import type { Ctx } from '../../../runtime/core/context.ts';
import { orAborted } from '../../../runtime/core/or-aborted.ts';

/** Does work once for all calls with the same key that come while it goes on. What fails is done again by the next call; so is what was aborted
 *  with the call that began it, for those that still want it. With `keep`, what succeeded is never done again. */
export function shareCalls<T>(keep: 'keep' | 'forget') {
  const begun = new Map<string, Begun<T>>();
  return async (key: string, work: (ctx: Ctx) => Promise<T>, ctx: Ctx): Promise<T> => {
    for (;;) {
      ctx.signal.throwIfAborted();
      const current = begun.get(key) ?? { result: work(ctx), signal: ctx.signal };
      begun.set(key, current);
      let isKept = false;
      try {
        const result = await orAborted(current.result, ctx);
        isKept = keep === 'keep';
        return result;
      } catch (error) {
        ctx.signal.throwIfAborted();
        if (!current.signal.aborted) throw error;
      } finally {
        if (!isKept && begun.get(key) === current) begun.delete(key);
      }
    }
  };
}

interface Begun<T> {
  readonly result: Promise<T>;
  readonly signal: AbortSignal;
}
