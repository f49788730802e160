export interface AwakeTimeout extends Disposable {
  readonly signal: AbortSignal;
}

/** A deadline is counted in so many parts: the last of them may begin before a stop and end after it. */
const PARTS = 20;
const LONGEST_PART_MS = 1_000;

/** A signal that aborts with a TimeoutError once this process has been running for `ms`. Unlike `AbortSignal.timeout` it does not count
 *  the time in which the process was stopped (SIGSTOP, a machine that sleeps): those for whom it waits were stopped as well, and their
 *  answer may be there already. Does not keep the process alive. */
export function awakeTimeout(ms: number): AwakeTimeout {
  const controller = new AbortController();
  const partMs = Math.min(Math.max(ms / PARTS, 1), LONGEST_PART_MS);
  let leftMs = ms;
  const tick = (): NodeJS.Timeout =>
    setTimeout(
      () => {
        leftMs -= partMs;
        if (leftMs <= 0) controller.abort(new DOMException(`Not done within ${ms} ms`, 'TimeoutError'));
        else timer = tick();
      },
      Math.min(partMs, leftMs),
    ).unref();
  let timer = tick();
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
