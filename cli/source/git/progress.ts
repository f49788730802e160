import type { Ctx } from '../../../runtime/core/context.ts';

const UNITS: Readonly<Record<string, number>> = { bytes: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const LINE = /^(?:remote: )?([A-Z][a-z]+ [a-z]+): +\d+% \((\d+)\/(\d+)\)(?:, ([\d.]+) (bytes|KiB|MiB|GiB))?/;
const EMIT_EVERY_MS = 200;

/** Turns git's progress lines into events of the step `source`, at most five a second. */
export function progressReporter(doing: string, ctx: Ctx): (text: string) => void {
  let emittedAt = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (ctx.now() - emittedAt < EMIT_EVERY_MS) return;
    const seen = text.split(/[\r\n]/).flatMap((line) => LINE.exec(line) ?? []);
    const [, what, done, total, amount, unit] = seen.slice(-6);
    if (what === undefined) return;
    emittedAt = ctx.now();
    const bytes = amount === undefined ? undefined : Math.round(Number(amount) * (UNITS[unit ?? ''] ?? 1));
    ctx.emit({
      type: 'step-progress',
      step: 'source',
      doing,
      ...(bytes === undefined ? {} : { bytes }),
      lastSeen: `${what.toLowerCase()}: ${done} of ${total}`,
    });
  };
}
