/** One figure beside its rival. `ours` and `rival` are medians; `ratio` is ours / rival; `target` is an upper bound for what `bound` names. */
export interface BenchRow {
  readonly case: string;
  readonly ours: number;
  /** `null` where nobody else does it. */
  readonly rival: number | null;
  readonly unit: 's' | 'ms' | 'MiB';
  readonly ratio: number | null;
  /** `null` where none is set; `note` says why. */
  readonly target: number | null;
  /** What the target is a bound for. */
  readonly bound: 'ours' | 'ratio';
  readonly rounds: number;
  readonly note: string;
}

export interface Samples {
  readonly case: string;
  readonly ours: readonly number[];
  readonly rival: readonly number[];
  readonly unit: BenchRow['unit'];
  readonly target: number | null;
  readonly bound?: BenchRow['bound'];
  readonly rounds: number;
  readonly note: string;
}

/** A row of what was measured. A case without samples has not been measured and is an error of the bench. */
export function rowOf({ ours, rival, bound = 'ours', ...rest }: Samples): BenchRow {
  const [mine, theirs] = [median(ours), rival.length === 0 ? null : median(rival)];
  const ratio = theirs === null ? null : Math.round((mine / theirs) * 1_000) / 1_000;
  return { ...rest, bound, ours: rounded(mine), rival: theirs === null ? null : rounded(theirs), ratio };
}

export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new Error('no samples');
  const sorted = samples.toSorted((one, other) => one - other);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, sample) => sum + sample, 0) / middle.length;
}

function verdict({ target, bound, ours, ratio }: BenchRow): string {
  if (target === null) return '-';
  const isRatio = bound === 'ratio';
  const isMet = (isRatio ? (ratio ?? Number.POSITIVE_INFINITY) : ours) <= target;
  return `${isMet ? 'met' : 'MISSED'} (<= ${target}${isRatio ? ' x' : ''})`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** For people. */
export function tableOf(rows: readonly BenchRow[]): string {
  const head = ['CASE', 'OURS', 'RIVAL', 'UNIT', 'OURS/RIVAL', 'TARGET', 'ROUNDS', 'NOTE'];
  const lines = rows.map((row) => [
    row.case,
    String(row.ours),
    String(row.rival ?? '-'),
    row.unit,
    String(row.ratio ?? '-'),
    verdict(row),
    String(row.rounds),
    row.note,
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)));
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
