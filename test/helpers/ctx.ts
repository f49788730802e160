import type { Ctx } from '../../runtime/core/context.ts';
import type { ProgressEvent } from '../../runtime/core/events.ts';

export interface TestCtx extends Ctx {
  readonly events: readonly ProgressEvent[];
  abort(reason?: unknown): void;
}

/** A Ctx that keeps its events and can be aborted. */
export function testCtx(now: () => number = Date.now): TestCtx {
  const controller = new AbortController();
  const events: ProgressEvent[] = [];
  return {
    signal: controller.signal,
    emit: (event) => {
      events.push(event);
    },
    now,
    events,
    abort: (reason) => controller.abort(reason),
  };
}
