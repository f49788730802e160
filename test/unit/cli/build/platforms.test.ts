import { describe, expect, it } from 'vitest';
import { uvPlatform } from '../../../../cli/build/host/target.ts';
import { parsePlatforms } from '../../../../cli/build/platforms.ts';

const linux = (architecture: string, variant?: string) => ({
  ...{ os: 'linux', architecture },
  ...(variant === undefined ? {} : { variant }),
});

describe('parsePlatforms()', () => {
  it.each<[readonly string[], string, readonly object[]]>([
    [[], 'x64', [linux('amd64')]],
    [[], 'arm64', [linux('arm64')]],
    [['arm64,amd64'], 'x64', [linux('amd64'), linux('arm64')]],
    [['arm64', 'amd64', 'amd64'], 'x64', [linux('amd64'), linux('arm64')]],
    [['linux/arm/v7'], 'x64', [linux('arm', 'v7')]],
  ])('of %j on %s is %j', (texts, arch, expected) => {
    expect(parsePlatforms(texts, arch)).toEqual(expected);
  });

  it.each([
    ['x86', 'amd64'],
    ['x86_64', 'amd64'],
    ['aarch64', 'arm64'],
  ])('says of %s that images call it %s', (text, name) => {
    const hint = expect.stringContaining(name);
    expect(() => parsePlatforms([text], 'x64')).toThrowError(expect.objectContaining({ code: 'USAGE', hint }));
  });

  it('refuses what is no architecture', () => {
    expect(() => parsePlatforms(['x86-64'], 'x64')).toThrowError(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('uvPlatform()', () => {
  it.each([
    ['amd64', 'glibc', 36, 'x86_64-manylinux_2_36'],
    ['arm64', 'glibc', 36, 'aarch64-manylinux_2_36'],
    // Of what uv has no name for, the next older one: what is built for that runs.
    ['amd64', 'glibc', 30, 'x86_64-manylinux_2_28'],
    ['amd64', 'glibc', 45, 'x86_64-manylinux_2_40'],
    ['arm64', 'musl', 2, 'aarch64-unknown-linux-musl'],
  ] as const)('of %s with %s 2.%i is %s', (architecture, kind, minor, expected) => {
    expect(uvPlatform(linux(architecture), { kind, version: [2, minor] })).toBe(expected);
  });

  it('refuses what nobody builds wheels for', () => {
    expect(() => uvPlatform(linux('s390x'), { kind: 'glibc', version: [2, 36] })).toThrowError(
      expect.objectContaining({ code: 'ARCHITECTURE_NOT_FOUND', message: expect.stringContaining('s390x') }),
    );
  });
});
