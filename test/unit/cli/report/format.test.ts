import { expect, it } from 'vitest';
import { cleanLine, formatElapsed, formatProgress } from '../../../../cli/report/format.ts';

it.each([
  [0, '0.0 s'],
  [-5, '0.0 s'],
  [340, '0.3 s'],
  [12_400, '12.4 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min 0 s'],
  [72_000, '1 min 12 s'],
  [3_599_900, '60 min 0 s'],
  [7_500_000, '2 h 5 min'],
])('formatElapsed(%d)', (ms, text) => {
  expect(formatElapsed(ms)).toBe(text);
});

it.each([
  [null, null, ''],
  [1_500_000, null, '1.5 MB'],
  [217_000_000, 434_000_000, '217 MB of 434 MB (50%)'],
  [9, 0, '9 B'],
  [11, 10, '11 B of 10 B (100%)'],
])('formatProgress(%o, %o)', (bytes, total, text) => {
  expect(formatProgress(bytes, total)).toBe(text);
});

it.each([
  ['plain', 'plain'],
  ['\u001b[1;31mred\u001b[0m', 'red'],
  ['10%\r20%\r100%', '100%'],
  ['100%\r', '100%'],
  ['title \u001b]0;evil\u0007 end', 'title  end'],
  ['a\tb\u0000c', 'a\tbc'],
])('cleanLine(%j)', (line, text) => {
  expect(cleanLine(line)).toBe(text);
});
