import type { ResolveAt } from '../../config/resolve-at.ts';

/** One try: what the index had by `at`, and Spark's own frame packages by `framesAt`. Times are ISO 8601 in UTC; `null` is no limit. */
export interface Rung {
  /** `null`: now. */
  readonly at: string | null;
  /** Later than `at`: pandas, pyarrow, numpy and what they need are taken as of then, because Spark takes no older ones.
   *  `null`: as of `at`, like everything else. */
  readonly framesAt: string | null;
}

export interface LadderInput {
  readonly resolveAt: ResolveAt;
  /** Of the commit that runs; `null` without one. */
  readonly commitTime: string | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The first day with frame packages that this Spark takes and this Python has builds of; `null` when that is not known. */
  readonly framesFrom: string | null;
}

/** What is tried, in this order: the time asked for; then, for a commit alone, half a year later and so on, and last of all now.
 *  A time before Spark's own frame packages were there is tried twice, the second time with those as of when they were.
 *  A commit so old that this were more than 16 times has them further apart: each costs a resolution. Pure. */
export function rungsFor({ resolveAt, commitTime, now, framesFrom }: LadderInput): readonly Rung[] {
  const start = startOf(resolveAt, commitTime);
  if (start === null || Date.parse(start) >= now) return [NOW];
  const times = resolveAt.kind === 'date' ? [start] : [start, ...laterTimes(start, now)];
  const rungs = times.flatMap((at) => [
    { at, framesAt: null },
    ...(framesFrom !== null && at < framesFrom ? [{ at, framesAt: framesFrom }] : []),
  ]);
  return resolveAt.kind === 'date' ? rungs : [...rungs, NOW];
}

const NOW: Rung = { at: null, framesAt: null };
const HALF_YEAR_MONTHS = 6;
const MAXIMUM_STEPS = 16;

function startOf(resolveAt: ResolveAt, commitTime: string | null): string | null {
  if (resolveAt.kind === 'now') return null;
  if (resolveAt.kind === 'date') return resolveAt.at;
  return commitTime === null ? null : new Date(commitTime).toISOString();
}

function laterTimes(start: string, now: number): readonly string[] {
  const [from, to] = [new Date(start), new Date(now)];
  const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  const step = Math.max(HALF_YEAR_MONTHS, Math.ceil(months / MAXIMUM_STEPS));
  const steps = Array.from({ length: MAXIMUM_STEPS }, (_, index) => addMonths(start, (index + 1) * step));
  return steps.filter((time) => Date.parse(time) < now);
}

/** The same day of a later month, or its last one. */
function addMonths(time: string, months: number): string {
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.toISOString();
}
