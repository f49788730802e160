import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from './context.ts';
import { type ErrorCode, ToolError } from './errors.ts';
import type { StepName } from './events.ts';

export interface Wait {
  /** What is waited for, as it is told to people: `the master to answer`. */
  readonly what: string;
  readonly step: StepName;
  readonly deadlineMs: number;
  /** Between two probes; default 100. */
  readonly intervalMs?: number;
  readonly code: ErrorCode;
}

export type Probe<T> = { readonly done: true; readonly value: T } | { readonly done: false; readonly lastSeen: string };

const DEFAULT_INTERVAL_MS = 100;
const REPORT_EVERY_MS = 1_000;
/** One look and the pause after it count as no more than this: what is longer was a clock that was set, or a machine that slept. */
const LONGEST_ROUND_MS = 5_000;

/** Probes until it is done; says what it waits for and what it last saw about once a second. Time in which this process was stopped,
 *  and a clock that is set meanwhile, do not bring the deadline nearer: what is waited for was stopped as well.
 *  @throws {ToolError} `wait.code` after `deadlineMs`; rejects with `signal.reason` on abort; an error of the probe passes on. */
export async function waitFor<T>(wait: Wait, probe: () => Promise<Probe<T>>, ctx: Ctx): Promise<T> {
  const longestMs = LONGEST_ROUND_MS + (wait.intervalMs ?? DEFAULT_INTERVAL_MS);
  let lookedAt = ctx.now();
  let [spentMs, reportedAtMs] = [0, 0];
  for (;;) {
    ctx.signal.throwIfAborted();
    const seen = await probe();
    if (seen.done) return seen.value;
    const now = ctx.now();
    spentMs += Math.min(Math.max(now - lookedAt, 0), longestMs);
    lookedAt = now;
    if (spentMs >= wait.deadlineMs) {
      throw new ToolError(
        wait.code,
        `Waited ${Math.round(wait.deadlineMs / 1_000)} s for ${wait.what}: ${seen.lastSeen}`,
        {
          details: { deadlineMs: wait.deadlineMs, lastSeen: seen.lastSeen },
        },
      );
    }
    if (spentMs - reportedAtMs >= REPORT_EVERY_MS) {
      reportedAtMs = spentMs;
      ctx.emit({ type: 'step-progress', step: wait.step, doing: `waits for ${wait.what}`, lastSeen: seen.lastSeen });
    }
    // The timer's own rejection has the reason only as its cause.
    await pause(wait.intervalMs ?? DEFAULT_INTERVAL_MS, undefined, { signal: ctx.signal }).catch(() => {});
  }
}
