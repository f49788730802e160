import type { SparkSeries } from '../../runtime/core/spark-versions.ts';

/** What `pyspark[sql,connect]` would have brought: pyspark itself is not installed, so its extras are named one by one.
 *  Source: `extras_require` in the setup.py of each series. */
export function sparkExtras(extras: readonly string[], series: SparkSeries): readonly string[] {
  const { pandas, pyarrow, numpy } = series.minima;
  const frames = [`pandas>=${pandas}`, `pyarrow>=${pyarrow}`, `numpy>=${numpy}`];
  const connect = [...frames, ...(CONNECT[series.series] ?? LATEST_CONNECT)];
  const brought = new Map([
    ['ml', [`numpy>=${numpy}`]],
    ['mllib', [`numpy>=${numpy}`]],
    ['sql', frames],
    ['pandas-on-spark', frames],
    ['connect', connect],
    ['pipelines', [...connect, 'pyyaml>=3.11']],
  ]);
  return [...new Set(extras.flatMap((extra) => brought.get(extra) ?? []))];
}

const CONNECT: Readonly<Record<string, readonly string[]>> = {
  '3.5': ['grpcio>=1.56.0', 'grpcio-status>=1.56.0', 'googleapis-common-protos>=1.56.4'],
  '4.0': ['grpcio>=1.67.0', 'grpcio-status>=1.67.0', 'googleapis-common-protos>=1.65.0'],
};

const LATEST_CONNECT = [
  'grpcio>=1.76.0',
  'grpcio-status>=1.76.0',
  'googleapis-common-protos>=1.71.0',
  'zstandard>=0.25.0',
];
