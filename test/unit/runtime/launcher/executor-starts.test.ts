import { describe, expect, it } from 'vitest';
import {
  type Futility,
  judgeStarts,
  type Look,
  nextLookMs,
  withLook,
} from '../../../../runtime/launcher/executor-starts.ts';

const look = (seconds: number, started: number, running: readonly string[]): Look => ({
  atMs: seconds * 1_000,
  started,
  running: new Set(running),
});

function judge(looks: readonly Look[]): string {
  const futility = looks.reduce<Futility | undefined>(withLook, undefined);
  return futility === undefined ? 'none' : judgeStarts(futility);
}

/** Every five seconds ten more were started, and others run. */
const futile = (fromSecond: number, toSecond: number): readonly Look[] =>
  Array.from({ length: (toSecond - fromSecond) / 5 + 1 }, (_, index) => {
    const second = fromSecond + index * 5;
    return look(second, second * 2, [`a/${second * 2 - 1}`]);
  });

describe('judgeStarts()', () => {
  it.each<readonly [string, readonly Look[], string]>([
    ['a minute in which none stayed', futile(0, 60), 'hopeless'],
    ['ten seconds of it', futile(0, 10), 'suspicious'],
    ['five seconds of it', futile(0, 5), 'well'],
    ['nineteen in a minute', futile(0, 60).map(({ atMs, running }, i) => ({ atMs, running, started: i + 7 })), 'well'],
    ['one that stayed half way', [...futile(0, 30), look(35, 70, ['a/59']), ...futile(40, 60)], 'suspicious'],
    [
      'one that stays among many that end',
      futile(0, 90).map((l) => ({ ...l, running: new Set(['a/0', ...l.running]) })),
      'well',
    ],
    ['none started any more', [...futile(0, 55), look(60, 110, [])], 'well'],
    ['executors that nobody could look at for a while', [...futile(0, 30), ...futile(50, 55)], 'well'],
    ['a clock that was stopped for an hour', [look(0, 0, []), look(3_600, 500, ['a/499'])], 'well'],
    [
      'executors that come and go with a minute between',
      [look(0, 2, ['a/1']), look(30, 40, ['a/39']), look(60, 80, ['a/79'])],
      'well',
    ],
  ])('%s', (_what, looks, verdict) => expect(judge(looks)).toBe(verdict));
});

describe('nextLookMs()', () => {
  it('looks seldom while an executor stays, and often when none does', () => {
    const before = withLook(undefined, look(0, 2, ['a/0', 'a/1']));
    expect(nextLookMs(before, look(5, 2, ['a/0', 'a/1']))).toBe(30_000);
    expect(nextLookMs(before, look(5, 4, ['a/2', 'a/3']))).toBe(5_000);
    expect(nextLookMs(undefined, look(5, 2, ['a/0']))).toBe(5_000);
  });
});
