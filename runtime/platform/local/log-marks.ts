import { appendFileSync } from 'node:fs';

/** What is between one mark and the next was written within this time of it. */
export const MARK_MS = 5_000;

/** Notes when a log had reached which byte: a line `TIME OFFSET` in `<log>.times`, every five seconds at most, for whoever wants what is newer than some
 *  time. A full disk loses marks, never the job. */
export function createLogMarks(
  log: string,
  offset: number,
  now: () => number = Date.now,
): { before(bytes: number): void } {
  let reached = offset;
  let markedAt = Number.NEGATIVE_INFINITY;
  return {
    /** Call it before as many bytes are appended. */
    before(bytes) {
      const atMs = now();
      if (atMs - markedAt >= MARK_MS || atMs < markedAt) {
        markedAt = atMs;
        try {
          appendFileSync(`${log}.times`, `${Math.round(atMs)} ${reached}\n`, { mode: 0o600 });
        } catch {
          // Whoever looks then sees more than was asked for.
        }
      }
      reached += bytes;
    },
  };
}
