import { describe, expect, it } from 'vitest';
import { type DestinationFlags, formatBuilt, parseDestination } from '../../../../cli/build/destination.ts';

const NONE: DestinationFlags = { push: false, load: false, tag: [] };
const ref = { registry: 'reg.example', repository: 'team/app', tag: 'v1', digest: null };
const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('parseDestination()', () => {
  it.each<[Partial<DestinationFlags>, object]>([
    [{ image: 'reg.example/team/app:v1' }, { kind: 'registry', ref, tags: ['v1'] }],
    [
      { image: 'reg.example/team/app:v1', push: true },
      { kind: 'registry', ref, tags: ['v1'] },
    ],
    [
      { image: 'reg.example/team/app:v1', load: true },
      { kind: 'daemon', ref, tags: ['v1'] },
    ],
    [{ image: 'reg.example/team/app' }, { kind: 'registry', ref: { ...ref, tag: null }, tags: ['latest'] }],
    [
      { image: 'reg.example/team/app:v1', tag: ['v1', 'new'] },
      { kind: 'registry', ref, tags: ['v1', 'new'] },
    ],
    [{ to: 'oci:out' }, { kind: 'layout', folder: '/home/ada/out', tags: ['latest'] }],
    [{ to: 'oci:out/' }, { kind: 'layout', folder: '/home/ada/out', tags: ['latest'] }],
    [
      { to: 'oci:/a/b.c:v2', tag: ['x'] },
      { kind: 'layout', folder: '/a/b.c', tags: ['v2', 'x'] },
    ],
    [{ to: 'oci:a:b/c' }, { kind: 'layout', folder: '/home/ada/a:b/c', tags: ['latest'] }],
    [
      { to: 'oci:out', image: 'reg.example/team/app:v1' },
      { kind: 'layout', folder: '/home/ada/out', tags: ['latest'] },
    ],
  ])('of %j is %j', (flags, expected) => {
    expect(parseDestination({ ...NONE, ...flags }, '/home/ada')).toEqual(expected);
  });

  it.each<[Partial<DestinationFlags>, string, RegExp]>([
    [{}, 'USAGE', /without a name/],
    [{ push: true, load: true, image: 'a' }, 'USAGE', /--push and --load together/],
    [{ to: 'oci:out', load: true, image: 'a' }, 'USAGE', /--load and --to together/],
    [{ image: `reg.example/app@${DIGEST}` }, 'USAGE', /a digest is known only when/],
    [{ image: 'reg.example/Team/app' }, 'IMAGE_NAME_INVALID', /upper-case/],
    [{ image: 'a', tag: ['-x'] }, 'IMAGE_NAME_INVALID', /"-x" as a tag/],
    [{ to: 'oci:out:a b' }, 'IMAGE_NAME_INVALID', /"oci:out:a b"/],
    [{ to: 'oci:' }, 'IMAGE_NAME_INVALID', /"oci:"/],
    [{ to: 'docker:x' }, 'USAGE', /"docker:x"/],
  ])('refuses %j', (flags, code, message) => {
    expect(() => parseDestination({ ...NONE, ...flags }, '/home/ada')).toThrowError(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

it('formatBuilt() names the image by its digest', () => {
  expect(formatBuilt({ kind: 'registry', ref, tags: [] }, DIGEST)).toBe(`reg.example/team/app@${DIGEST}`);
  expect(formatBuilt({ kind: 'daemon', ref, tags: ['v1', 'v2'] }, DIGEST)).toBe('reg.example/team/app:v1');
  expect(formatBuilt({ kind: 'layout', folder: '/out', tags: [] }, DIGEST)).toBe(`oci:/out@${DIGEST}`);
});
