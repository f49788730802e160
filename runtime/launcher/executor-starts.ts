/** What was seen of a job's executors at one moment. */
export interface Look {
  readonly atMs: number;
  /** Those that run, by names that are used once. */
  readonly running: ReadonlySet<string>;
  /** How many its newest application has started so far. */
  readonly started: number;
}

/** A time in which executors were started and none of them stayed. */
export interface Futility {
  readonly since: Look;
  readonly last: Look;
}

/** Between two looks an executor that can work is seen twice: it loads for a second or two, and stays for a minute at least. */
const LOOK_EVERY_MS = 5_000;
/** While executors stay. */
const LOOK_SELDOM_MS = 30_000;
/** After a longer pause nothing is known of the time between: whoever looks was stopped, or the machine slept. */
const PAUSE_MS = 3 * LOOK_EVERY_MS;
const SUSPICIOUS_MS = 10_000;
const HOPELESS_MS = 60_000;
/** Fewer may be a cluster that loses its workers, which has its own way to be told. */
const STARTED_AT_LEAST = 20;

/** The time up to this look in which no executor stayed: it begins anew with each look at which one was seen for a second time, none had
 *  been started since the look before, or too long has passed. */
export function withLook(futility: Futility | undefined, look: Look): Futility {
  if (futility === undefined) return { since: look, last: look };
  const { last } = futility;
  const isKnown = look.atMs - last.atMs <= PAUSE_MS;
  const isFutile = look.started > last.started && !hasStayed(last, look);
  return isKnown && isFutile ? { since: futility.since, last: look } : { since: look, last: look };
}

/** When to look again after this look: seldom where executors stay. */
export function nextLookMs(before: Futility | undefined, look: Look): number {
  return before !== undefined && hasStayed(before.last, look) ? LOOK_SELDOM_MS : LOOK_EVERY_MS;
}

function hasStayed(before: Look, now: Look): boolean {
  return [...now.running].some((name) => before.running.has(name));
}

/** Whether executors cannot start: `hopeless` after a minute in which twenty or more were started and none stayed. */
export function judgeStarts({ since, last }: Futility): 'well' | 'suspicious' | 'hopeless' {
  const ms = last.atMs - since.atMs;
  if (last.started - since.started < STARTED_AT_LEAST) return 'well';
  return ms >= HOPELESS_MS ? 'hopeless' : ms >= SUSPICIOUS_MS ? 'suspicious' : 'well';
}
