import { lockedPackages } from './lock-text.ts';

/** What Spark's pandas code stands on, with what those need in their turn: a closed set, so that it can have a time of its own.
 *  Without that an old commit that uses pandas had nothing to run on: Spark 4 takes pandas from 2024 on alone. */
export const FRAME_PACKAGES = ['pandas', 'pyarrow', 'numpy', 'python-dateutil', 'pytz', 'tzdata', 'six'] as const;

/** Those of them with extension modules, which take a quarter of an hour to build where that works at all. */
export const BUILT_FRAMES = ['pandas', 'pyarrow', 'numpy'] as const;

/** Those of them that a set has, and whether it has one of those that Spark needs: without one the others are packages like any. */
export function framesIn(lock: string): { readonly names: readonly string[]; readonly areNeeded: boolean } {
  const locked = new Set(lockedPackages(lock).map(({ name }) => name));
  const names = FRAME_PACKAGES.filter((name) => locked.has(name));
  return { names, areNeeded: BUILT_FRAMES.some((name) => locked.has(name)) };
}

/** When the least versions that a series takes were all there. Source: upload times at the Python package index. */
const BY_SERIES: Readonly<Record<string, string>> = {
  '3.5': '2021-06-01',
  '4.0': '2023-05-01',
  '4.1': '2024-02-15',
  '4.2': '2024-11-15',
  '4.3': '2024-11-15',
};

/** When all of them had builds for Python 3.N. */
const BY_PYTHON: Readonly<Record<number, string>> = {
  8: '2021-06-01',
  9: '2021-06-01',
  10: '2022-06-01',
  11: '2023-02-15',
  12: '2024-02-15',
  13: '2024-11-15',
  14: '2025-11-15',
};

/** The first day as of which this Spark and this Python have all frame packages, ISO 8601; `null` for a series or a Python that is newer than
 *  the tables. The first and not the newest, because old code gets on best with it. */
export function framesFrom(series: string, pythonMinor: number): string | null {
  const [spark, python] = [BY_SERIES[series], BY_PYTHON[pythonMinor]];
  if (spark === undefined || python === undefined) return null;
  return `${spark > python ? spark : python}T00:00:00.000Z`;
}
