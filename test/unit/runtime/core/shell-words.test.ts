import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { joinShellWords, splitShellWords } from '../../../../runtime/core/shell-words.ts';

test.each([
  ['', []],
  ['  a\tb\n c  ', ['a', 'b', 'c']],
  [`--conf 'spark.x=a b' "c d"`, ['--conf', 'spark.x=a b', 'c d']],
  [`a'b c'"d e"f`, ['ab cd ef']],
  [`'' ""`, ['', '']],
  [`a\\ b \\"c\\' `, ['a b', `"c'`]],
  [`"a\\"b\\\\c\\$d\\e"`, ['a"b\\c$d\\e']],
  [`'a\\b'`, ['a\\b']],
  ['a \\\n b\\\nc', ['a', 'bc']],
])('splitShellWords() on %j gives %j', (text, words) => {
  expect(splitShellWords(text, 'APP_ARGS')).toEqual(words);
});

test.each([`a "b`, `a 'b`, `"a\\"`])(
  'splitShellWords() refuses the open quote of %j by the name of the variable',
  (text) => {
    expect(() => splitShellWords(text, 'APP_ARGS')).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('APP_ARGS') }),
    );
  },
);

test('joinShellWords() makes a text of words that is split into them again, also by sh', () => {
  const words = ['--day', '2024-03-01', 'two words', "it's", '', '$HOME', 'a\\b', '"', 'line\nbreak', '*', '~'];
  const text = joinShellWords(words);
  expect(splitShellWords(text, 'APP_ARGS')).toEqual(words);
  expect(execFileSync('sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' })).toBe(`${words.join('\0')}\0`);
  expect(joinShellWords(['--day', '2024-03-01', 'out/x=1'])).toBe('--day 2024-03-01 out/x=1');
});

test('splitShellWords() splits as sh does', () => {
  for (const text of randomTexts(120)) {
    const ours = trySplit(text);
    if (ours !== undefined) expect({ text, words: ours }).toEqual({ text, words: splitBySh(text) });
  }
});

const ALPHABET = ['a', 'b', ' ', '  ', '"', "'", '\\\\', '\\"', "\\'", '\\ ', '\\\n', '=', ',', '\\$', '\\a', '""'];

/** The same texts every time: a small linear congruential generator. */
function randomTexts(count: number): readonly string[] {
  let state = 1;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + next(10) }, () => ALPHABET[next(ALPHABET.length)] ?? '').join(''),
  );
}

function trySplit(text: string): readonly string[] | undefined {
  try {
    return splitShellWords(text, 'X');
  } catch {
    return undefined;
  }
}

function splitBySh(text: string): readonly string[] {
  const script = `set -f; for word in ${text}\ndo printf '%s\\0' "$word"; done`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}
