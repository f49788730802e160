import { expect, it } from 'vitest';
import { table } from '../../../../cli/report/table.ts';

it.each([
  [
    ['a', 'bb', ''],
    ['long', 'x', 'y'],
    ['A     B', 'a     bb', 'long  x   y'],
  ],
  [
    ['日本', '1', ''],
    ['a', '2', ''],
    ['A     B', '日本  1', 'a     2'],
  ],
  [
    ['é', '1', ''],
    ['e\u0301', '2', ''],
    ['A  B', 'é  1', 'e\u0301  2'],
  ],
])('table() puts %j and %j into columns that line up', async (first, second, lines) => {
  expect(await table(['A', 'B'], [first, second])).toBe(lines.join('\n'));
});
