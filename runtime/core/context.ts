import type { ProgressEvent } from './events.ts';

/** What a call needs that is about the call and not about the thing. Last argument; never stored in a field. */
export interface Ctx {
  /** Aborted when the caller no longer wants the result; whatever waits rejects with `signal.reason`. */
  readonly signal: AbortSignal;
  readonly emit: (event: ProgressEvent) => void;
  /** Milliseconds since the epoch, by a clock that only goes forward: `steadyNow` outside of tests. */
  readonly now: () => number;
}

/** The same call under another signal: for cleanup, which must not run under an aborted one. */
export function withSignal(ctx: Ctx, signal: AbortSignal): Ctx {
  return { ...ctx, signal };
}

/** Milliseconds since the epoch by a clock that nobody sets: right when the process started, steady from then on. For whatever is
 *  measured or bounded; what is only written down may ask `Date.now()`. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
