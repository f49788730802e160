import { describe, expect, it } from 'vitest';
import { isNewEnough, isRootless } from '../../../../../runtime/platform/docker/check-daemon.ts';

describe('isNewEnough()', () => {
  it.each([
    ['1.24', false],
    ['1.40', false],
    ['1.41', true],
    ['1.100', true],
    ['2.0', true],
    ['', false],
  ])('takes the API %j: %s', (api, expected) => {
    expect(isNewEnough(api)).toBe(expected);
  });
});

describe('isRootless()', () => {
  it.each([
    [{ SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'] }, true],
    [{ SecurityOptions: ['name=seccomp,profile=default'] }, false],
    [{}, false],
  ])('judges row %#', (info, expected) => {
    expect(isRootless(info)).toBe(expected);
  });
});
