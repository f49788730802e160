import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkRef, nearestNames } from '../../../../cli/source/git-ref.ts';

const REFS = [
  ...['main', 'feature/x', 'v1.0', 'a@b', 'a.b', 'ä', 'a--b', 'refs/heads/main', 'a,b', 'a=b', '3f2c1ab'],
  ...['a..b', 'a~1', 'a^', 'a:b', 'a b', 'a?', 'a*', 'a[b', 'a\\b', 'a@{1}', '@', 'a.lock', 'a.lock/b', '.a', 'a/.b'],
  ...['/a', 'a/', 'a//b', 'a.', 'a\tb', 'a\x7fb', 'a\nb', ''],
];

describe('checkRef()', () => {
  it.each(REFS)('agrees with git about %j', (ref) => {
    const allowed = spawnSync('git', ['check-ref-format', '--allow-onelevel', ref]).status === 0;
    if (allowed) expect(checkRef(ref)).toBe(ref);
    else expect(() => checkRef(ref)).toThrow(expect.objectContaining({ code: 'SOURCE_INVALID' }));
  });

  it.each(['main:jobs/report', 'v1:jobs', ':jobs/report'])('names --context-dir for %s', (ref) => {
    const hint = expect.stringMatching(/--context-dir jobs/);
    expect(() => checkRef(ref)).toThrow(expect.objectContaining({ code: 'SOURCE_INVALID', hint }));
  });

  it('refuses what reads as an option', () => {
    expect(() => checkRef('-u')).toThrow(expect.objectContaining({ code: 'SOURCE_UNSAFE' }));
  });
});

describe('nearestNames()', () => {
  it.each([
    ['main', ['master', 'develop'], ['master']],
    ['master', ['main', 'maser'], ['main', 'maser']],
    ['relase-1.2', ['release-1.2', 'release-1.3', 'docs'], ['release-1.2', 'release-1.3']],
    ['zzz', ['main'], []],
  ])('finds for %s among %j', (wanted, names, expected) => {
    expect(nearestNames(wanted, names)).toEqual(expected);
  });
});
