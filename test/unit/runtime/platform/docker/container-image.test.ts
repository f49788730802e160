import { describe, expect, it } from 'vitest';
import { containerUser } from '../../../../../runtime/platform/docker/container-image.ts';

describe('containerUser()', () => {
  it.each([
    ['1001', 1001, 0],
    ['1000670000:0', 1000670000, 0],
    ['12:34', 12, 34],
    ['', 1001, 0],
    ['root', 1001, 0],
    ['0', 1001, 0],
    ['0:0', 1001, 0],
    ['nobody:nogroup', 1001, 0],
  ])('of an image that says %j is %d:%d', (said, uid, gid) => {
    expect(containerUser(said)).toEqual({ uid, gid });
  });
});
