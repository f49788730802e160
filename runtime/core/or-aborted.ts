import type { Ctx } from './context.ts';

/** What a promise gives that knows nothing of the signal. Rejects with `signal.reason` on abort: what comes of the promise then is nobody's. */
export async function orAborted<T>(promise: Promise<T>, { signal }: Pick<Ctx, 'signal'>): Promise<T> {
  promise.catch(() => {});
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
