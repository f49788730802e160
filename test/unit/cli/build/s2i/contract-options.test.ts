import { describe, expect, it } from 'vitest';
import {
  type ContractFlags,
  isSelfContained,
  readContract,
  repeatableFacts,
} from '../../../../../cli/build/s2i/contract-options.ts';

const NONE: ContractFlags = { incremental: false, inject: [], 'build-secret': [] };
const DOCKER: ContractFlags = { ...NONE, 'build-in': 'docker' };

describe('readContract()', () => {
  it('is nothing on this machine', () => {
    expect(readContract({ ...NONE, 'build-in': 'host' }, '/here')).toBeNull();
    expect(repeatableFacts(null)).toEqual({});
  });

  it('reads what is for a container', () => {
    const flags: ContractFlags = {
      ...DOCKER,
      ...{ 'scripts-url': 'scripts', 'allowed-uids': '1-', 'assemble-user': '431', incremental: true },
      ...{ inject: ['a', 'b:/c'], 'build-secret': ['token=t'], 'build-network': 'host' },
      ...{ 'build-memory': '1g', 'build-cores': '2', 'build-timeout': '90s' },
    };
    expect(readContract(flags, '/here')).toEqual({
      ...{ scriptsUrl: '/here/scripts', allowedUids: [{ from: 1, to: 2 ** 32 - 2 }], assembleUser: '431' },
      ...{ isIncremental: true, secrets: { token: '/here/t' }, network: 'host' },
      injections: [
        { from: '/here/a', to: '' },
        { from: '/here/b', to: '/c' },
      ],
      ...{ memoryBytes: 2 ** 30, millicores: 2_000, timeoutMs: 90_000 },
    });
  });

  it.each([
    ['an option of containers without one', { ...NONE, incremental: true }, '--incremental'],
    ['several', { ...NONE, inject: ['a'], 'build-timeout': '1h' }, '--inject, --build-timeout'],
    ['an injection of nothing', { ...DOCKER, inject: [':/a'] }, ':/a'],
    ['an injection with too many places', { ...DOCKER, inject: ['a:b:c'] }, 'a:b:c'],
    ['a secret that is no file', { ...DOCKER, 'build-secret': ['token'] }, 'token'],
    ['a secret whose name is a path', { ...DOCKER, 'build-secret': ['../x=hush'] }, '../x=…'],
  ] as const)('refuses %s', (_what, flags, named) => {
    expect(() => readContract(flags, '/here')).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(named) }),
    );
  });

  it('refuses a size that is none', () => {
    expect(() => readContract({ ...DOCKER, 'build-memory': 'much' }, '/here')).toThrow(/--build-memory "much"|much/);
  });

  it.each([
    ['the builder alone', {}, true],
    ['a place in the builder', { 'scripts-url': 'image:///x' }, true],
    ['a folder of this machine', { 'scripts-url': '/x' }, false],
    ['injected files', { inject: ['a'] }, false],
    ['an image before', { incremental: true }, false],
    ['secrets, which decide nothing', { 'build-secret': ['a=b'] }, true],
  ] as const)('knows whether all that decides an image is in the request: %s', (_what, flags, isIt) => {
    const contract = readContract({ ...DOCKER, ...flags }, '/here');
    expect(contract !== null && isSelfContained(contract)).toBe(isIt);
  });
});
