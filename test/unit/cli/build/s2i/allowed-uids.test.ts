import { describe, expect, it } from 'vitest';
import { isAllowedUser, parseAllowedUids } from '../../../../../cli/build/s2i/allowed-uids.ts';

describe('isAllowedUser()', () => {
  it.each([
    ['1001', '1-', true],
    ['1001:0', '1-', true],
    ['0', '1-', false],
    ['0:1001', '1-', false],
    ['', '1-', false],
    ['', '0', true],
    ['default', '1-', false],
    ['1001abc', '1-', false],
    ['-1', '1-', false],
    ['500', '-500', true],
    ['501', '-500', false],
    ['3000', '1000-2000,3000', true],
    ['2001', '1000-2000,3000', false],
    ['2000', ' 1000-2000 , 3000 ', true],
    ['4294967295', '1-', false],
  ])('says of the user "%s" under "%s": %s', (user, ranges, isAllowed) => {
    expect(isAllowedUser(user, parseAllowedUids(ranges))).toBe(isAllowed);
  });
});

describe('parseAllowedUids()', () => {
  it.each(['', '-', 'a', '1-a', '2-1', '1,,2', '1 2', '4294967295'])('refuses "%s"', (text) => {
    expect(() => parseAllowedUids(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
