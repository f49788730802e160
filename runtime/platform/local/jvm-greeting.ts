/** With what a JVM begins its stderr when it is started with Spark's vector module: before any code of the user's runs. */
const GREETING_LINE = 'WARNING: Using incubator modules: jdk.incubator.vector';
const GREETING = Buffer.from(`${GREETING_LINE}\n`);

export function isGreeting(line: string): boolean {
  return line === GREETING_LINE;
}

/** Gives what a stream says, without that line where it is the very first. */
export interface GreetingFilter {
  next(chunk: Uint8Array): Uint8Array;
  /** At the end: what looked like the beginning of the line. */
  rest(): Uint8Array;
}

/** Leaves every byte that is not of the greeting as it comes: after the first that differs, nothing is looked at any more. */
export function createGreetingFilter(): GreetingFilter {
  let matched: number | null = 0;
  return {
    next(chunk) {
      if (matched === null) return chunk;
      const length = Math.min(chunk.length, GREETING.length - matched);
      const before = matched;
      if (!GREETING.subarray(before, before + length).equals(chunk.subarray(0, length))) {
        matched = null;
        return Buffer.concat([GREETING.subarray(0, before), chunk]);
      }
      matched = before + length === GREETING.length ? null : before + length;
      return chunk.subarray(length);
    },
    rest: () => GREETING.subarray(0, matched ?? 0),
  };
}

/** For a stream that has no such line. */
export const NO_FILTER: GreetingFilter = { next: (chunk) => chunk, rest: () => new Uint8Array() };
