/** One figure beside its rival. `ours` and `rival` are medians; `ratio` is ours / rival; `target` is an upper bound for `ours`. */
export interface BenchRow {
  readonly case: string;
  readonly ours: number;
  /** `null` where nobody else does it. */
  readonly rival: number | null;
  readonly unit: 's' | 'ms' | 'MiB';
  readonly ratio: number | null;
  /** `null` where none is set; `note` says why. */
  readonly target: number | null;
  readonly rounds: number;
  readonly note: string;
}

export interface Samples {
  readonly case: string;
  readonly ours: readonly number[];
  readonly rival: readonly number[];
  readonly unit: BenchRow['unit'];
  readonly target: number | null;
  readonly rounds: number;
  readonly note: string;
}

/** A row of what was measured. A case without samples has not been measured and is an error of the bench. */
export function rowOf({ ours, rival, ...rest }: Samples): BenchRow {
  const [mine, theirs] = [median(ours), rival.length === 0 ? null : median(rival)];
  const ratio = theirs === null ? null : Math.round((mine / theirs) * 1_000) / 1_000;
  return { ...rest, ours: rounded(mine), rival: theirs === null ? null : rounded(theirs), ratio };
}

export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new Error('no samples');
  const sorted = samples.toSorted((one, other) => one - other);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, sample) => sum + sample, 0) / middle.length;
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
    row.target === null ? '-' : `${row.ours <= row.target ? 'met' : 'MISSED'} (<= ${row.target})`,
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
