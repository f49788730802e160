import type { Ctx } from '../../runtime/core/context.ts';
import type { StepName } from '../../runtime/core/events.ts';

export interface ByteProgress {
  readonly setTotal: (bytes: number) => void;
  readonly report: (bytes: number) => void;
  /** Says the last figure, whenever the one before was said. */
  readonly finish: (bytes: number) => void;
}

const REPORT_EVERY_MS = 250;

/** Says how many bytes there are so far, at most four times a second. */
export function createByteProgress(doing: string, step: StepName, ctx: Ctx): ByteProgress {
  let total: number | undefined;
  let reportedAt = Number.NEGATIVE_INFINITY;
  const emit = (bytes: number) => {
    reportedAt = ctx.now();
    ctx.emit({ type: 'step-progress', step, doing, bytes, ...(total === undefined ? {} : { totalBytes: total }) });
  };
  return {
    setTotal: (bytes) => {
      total = bytes;
    },
    report: (bytes) => {
      if (ctx.now() - reportedAt >= REPORT_EVERY_MS) emit(bytes);
    },
    finish: emit,
  };
}
