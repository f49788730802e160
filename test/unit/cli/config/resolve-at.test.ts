import { describe, expect, it } from 'vitest';
import { parseResolveAt } from '../../../../cli/config/resolve-at.ts';

describe('parseResolveAt()', () => {
  it.each([
    ['commit', { kind: 'commit' }],
    ['now', { kind: 'now' }],
    ['2019-06-03', { kind: 'date', at: '2019-06-03T23:59:59.000Z', text: '2019-06-03' }],
    ['2019-06-03T10:00:00Z', { kind: 'date', at: '2019-06-03T10:00:00.000Z', text: '2019-06-03T10:00:00Z' }],
    ['2019-06-03T10:00+02:00', { kind: 'date', at: '2019-06-03T08:00:00.000Z', text: '2019-06-03T10:00+02:00' }],
  ])('reads %s', (text, expected) => {
    expect(parseResolveAt(text, '--resolve-at')).toEqual(expected);
  });

  it.each(['', 'yesterday', '2019', '2019-13-01', '2019-02-30', '03.06.2019', '2019-06-03 10:00', 'Commit'])(
    'refuses "%s", naming where it stands',
    (text) => {
      expect(() => parseResolveAt(text, 'HIBANA_RESOLVE_AT')).toThrow(
        expect.objectContaining({
          code: 'USAGE',
          message: `Cannot take HIBANA_RESOLVE_AT "${text}": it is not commit, now or a date`,
          hint: expect.stringContaining('2024-03-01'),
        }),
      );
    },
  );
});
