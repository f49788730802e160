import type { BenchRow } from './rows.ts';

export interface BenchOptions {
  readonly rounds: number;
  /** Aborted by Ctrl-C: what was started is ended and deleted. */
  readonly signal: AbortSignal;
  /** Progress, for people. */
  readonly say: (line: string) => void;
}

/** Measures its cases, in rounds that all of them share, and gives their medians. Throws when something cannot be run at all. */
export type Bench = (options: BenchOptions) => Promise<readonly BenchRow[]>;
