import { ToolError } from './errors.ts';

export interface SparkSeries {
  /** `4.2` */
  readonly series: string;
  /** The release that is taken when only the series is asked for. */
  readonly release: string;
  readonly scala: '2.12' | '2.13';
  /** The first and the last Java release that the series runs on. */
  readonly java: readonly [number, number];
  /** The first and the last Python 3 minor: `[10, 14]` is 3.10 to 3.14. */
  readonly pythonMinors: readonly [number, number];
  /** The least versions that its own pandas code accepts; older ones import and then fail. */
  readonly minima: Readonly<Record<'pandas' | 'pyarrow' | 'numpy', string>>;
}

/** Every Spark that hibana runs, in one place. Source: each release's setup.py and "Downloading" page; Java by trial. */
export const SPARK_SERIES: readonly SparkSeries[] = [
  {
    series: '3.5',
    release: '3.5.9',
    scala: '2.12',
    java: [8, 17],
    pythonMinors: [8, 11],
    minima: { pandas: '1.0.5', pyarrow: '4.0.0', numpy: '1.15' },
  },
  {
    series: '4.0',
    release: '4.0.5',
    scala: '2.13',
    java: [17, 21],
    pythonMinors: [9, 13],
    minima: { pandas: '2.0.0', pyarrow: '11.0.0', numpy: '1.21' },
  },
  {
    series: '4.1',
    release: '4.1.4',
    scala: '2.13',
    java: [17, 21],
    pythonMinors: [10, 14],
    minima: { pandas: '2.2.0', pyarrow: '15.0.0', numpy: '1.22' },
  },
  {
    series: '4.2',
    release: '4.2.1',
    scala: '2.13',
    java: [17, 25],
    pythonMinors: [10, 14],
    minima: { pandas: '2.2.0', pyarrow: '18.0.0', numpy: '1.22' },
  },
  {
    series: '4.3',
    release: '4.3.0',
    scala: '2.13',
    java: [17, 25],
    pythonMinors: [11, 14],
    minima: { pandas: '2.2.0', pyarrow: '18.0.0', numpy: '1.22' },
  },
];

export const DEFAULT_SPARK_SERIES = '4.2';

/** The series of a version: `4.2.0` and `4.2` → 4.2.
 *  @throws {ToolError} SPARK_UNSUPPORTED, listing what there is */
export function sparkSeriesOf(version: string): SparkSeries {
  const found = SPARK_SERIES.find(({ series }) => version === series || version.startsWith(`${series}.`));
  if (!found) {
    const known = SPARK_SERIES.map(({ release }) => release).join(', ');
    throw new ToolError('SPARK_UNSUPPORTED', `Cannot run Spark ${version}: the versions are ${known}`, {
      details: { version },
    });
  }
  return found;
}
