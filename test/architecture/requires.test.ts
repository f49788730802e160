import { describe, expect, it } from 'vitest';
import { decide } from '../helpers/requires.ts';

describe('decide()', () => {
  it.each([
    [true, '', 'run'],
    [true, 'docker', 'run'],
    [false, '', 'skip'],
    [false, 'spark,kubernetes', 'skip'],
    [false, 'spark,docker', 'fail'],
    [false, 'docker', 'fail'],
  ])('where it is there: %j, and "%s" is required: %s', (isThere, required, decision) => {
    expect(decide('docker', isThere, required)).toBe(decision);
  });
});
