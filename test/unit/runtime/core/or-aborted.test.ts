import { expect, it } from 'vitest';
import { orAborted } from '../../../../runtime/core/or-aborted.ts';

const never = new Promise<never>(() => {});

it('orAborted() gives what the promise gives', async () => {
  const { signal } = new AbortController();
  expect(await orAborted(Promise.resolve(1), { signal })).toBe(1);
  const error = new Error('no');
  await expect(orAborted(Promise.reject(error), { signal })).rejects.toBe(error);
});

it.each(['before', 'meanwhile'])('orAborted() rejects with the reason of an abort %s', async (when) => {
  const stop = new AbortController();
  const reason = new Error('stop');
  if (when === 'before') stop.abort(reason);
  const waiting = orAborted(never, stop);
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

it('orAborted() lets nobody hear of a promise that fails after the abort', async () => {
  const stop = new AbortController();
  const late = Promise.withResolvers<never>();
  const waiting = orAborted(late.promise, stop);
  stop.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
  late.reject(new Error('late'));
  // An unhandled rejection ends the test run.
  await new Promise((resolve) => setImmediate(resolve));
});
