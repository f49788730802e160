import { describe, expect, it } from 'vitest';
import { DEFAULT_SPARK_SERIES, SPARK_SERIES, sparkSeriesOf } from '../../../../runtime/core/spark-versions.ts';

describe('sparkSeriesOf()', () => {
  it.each([
    ['4.2', '4.2'],
    ['4.2.1', '4.2'],
    ['4.2.0.dev1', '4.2'],
    ['3.5.9', '3.5'],
    [DEFAULT_SPARK_SERIES, DEFAULT_SPARK_SERIES],
  ])('finds of %s the series %s', (version, series) => {
    expect(sparkSeriesOf(version).series).toBe(series);
  });

  it.each(['', '4', '4.', '4.20', '4.20.1', '2.4.8', '3.4', '14.2.1', 'latest'])(
    'refuses %j and lists what there is',
    (version) => {
      expect(() => sparkSeriesOf(version)).toThrowError(
        expect.objectContaining({ code: 'SPARK_UNSUPPORTED', message: expect.stringContaining('4.2.1') }),
      );
    },
  );
});

describe('SPARK_SERIES', () => {
  it.each(SPARK_SERIES)('$series has a release of its own and ranges that are ranges', (series) => {
    expect(series.release.startsWith(`${series.series}.`)).toBe(true);
    expect(series.java[0]).toBeLessThanOrEqual(series.java[1]);
    expect(series.pythonMinors[0]).toBeLessThanOrEqual(series.pythonMinors[1]);
    expect(series.scala).toBe(series.series.startsWith('3.') ? '2.12' : '2.13');
  });
});
