import { describe, expect, it } from 'vitest';
import type { ResolveAt } from '../../../../../cli/config/resolve-at.ts';
import { framesFrom } from '../../../../../cli/toolchain/dependencies/frames.ts';
import { rungsFor } from '../../../../../cli/toolchain/dependencies/rungs.ts';

const commit: ResolveAt = { kind: 'commit' };
const date: ResolveAt = { kind: 'date', at: '2019-06-03T23:59:59.000Z', text: '2019-06-03' };

/** As days, `+` for those with newer frame packages. */
function days(
  resolveAt: ResolveAt,
  commitTime: string | null,
  now: string,
  from: string | null = null,
): readonly string[] {
  const rungs = rungsFor({ resolveAt, commitTime, now: Date.parse(now), framesFrom: from });
  return rungs.map(({ at, framesAt }) => `${at?.slice(0, 10) ?? 'now'}${framesAt === null ? '' : '+'}`);
}

describe('rungsFor()', () => {
  it.each<readonly [what: string, rungs: readonly string[], expected: readonly string[]]>([
    [
      'the time of a commit, then half-years, then now',
      days(commit, '2019-06-03T10:00:00+02:00', '2020-12-24T00:00:00Z'),
      ['2019-06-03', '2019-12-03', '2020-06-03', '2020-12-03', 'now'],
    ],
    ['now alone where there is no commit', days(commit, null, '2020-12-24T00:00:00Z'), ['now']],
    ['now alone for a commit of the future', days(commit, '2030-01-01T00:00:00Z', '2020-12-24T00:00:00Z'), ['now']],
    ['now alone when it is asked for', days({ kind: 'now' }, '2019-06-03T10:00:00Z', '2020-12-24T00:00:00Z'), ['now']],
    ['a date asked for and nothing beyond', days(date, '2010-01-01T00:00:00Z', '2026-12-24T00:00:00Z'), ['2019-06-03']],
    [
      'a date before the frame packages with newer ones too',
      days(date, null, '2026-12-24T00:00:00Z', '2023-02-15T00:00:00.000Z'),
      ['2019-06-03', '2019-06-03+'],
    ],
    [
      'frame packages as they were from then on',
      days(commit, '2022-11-30T10:00:00Z', '2023-09-01T00:00:00Z', '2023-02-15T00:00:00.000Z'),
      ['2022-11-30', '2022-11-30+', '2023-05-30', 'now'],
    ],
    [
      'the last day of a shorter month',
      days(commit, '2019-08-31T10:00:00Z', '2020-09-15T00:00:00Z'),
      ['2019-08-31', '2020-02-29', '2020-08-31', 'now'],
    ],
  ])('tries %s', (_what, rungs, expected) => {
    expect(rungs).toEqual(expected);
  });

  it('tries at most 16 later times, spread to now, however old a commit is', () => {
    const rungs = days(commit, '2003-01-15T00:00:00Z', '2026-11-21T00:00:00Z');
    expect(rungs.length).toBeLessThanOrEqual(18);
    expect(rungs.at(0)).toBe('2003-01-15');
    expect(rungs.at(-1)).toBe('now');
    expect(Date.parse(rungs.at(-2) ?? '')).toBeGreaterThan(Date.parse('2024-01-01'));
  });
});

describe('framesFrom()', () => {
  it('is the later one of what Spark and what Python needs, and not known for others', () => {
    expect(framesFrom('4.2', 11)).toBe('2024-11-15T00:00:00.000Z');
    expect(framesFrom('4.2', 14)).toBe('2025-11-15T00:00:00.000Z');
    expect(framesFrom('3.5', 11)).toBe('2023-02-15T00:00:00.000Z');
    expect(framesFrom('4.9', 11)).toBeNull();
    expect(framesFrom('4.2', 19)).toBeNull();
  });
});
