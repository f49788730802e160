import type { Libc, Machine } from './machine.ts';

/** How well a wheel fits this machine: higher is better, `undefined` when it does not run here.
 *  Only wheels without an ABI of their own count (`py3-none-…`): what is fetched here is programs, not extension modules.
 *  Source: packaging.python.org, "Platform compatibility tags". */
export function wheelRank(filename: string, machine: Machine): number | undefined {
  const parts = filename.replace(/\.whl$/, '').split('-');
  const [python, abi, platforms] = parts.slice(-3);
  if (parts.length < 5 || python === undefined || abi !== 'none' || platforms === undefined) return undefined;
  if (!python.split('.').includes('py3')) return undefined;
  const ranks = platforms.split('.').map((tag) => tagRank(tag, machine));
  return ranks.reduce(
    (best, rank) => (rank !== undefined && (best === undefined || rank > best) ? rank : best),
    undefined,
  );
}

const LEGACY_GLIBC: Readonly<Record<string, number>> = { manylinux1: 5, manylinux2010: 12, manylinux2014: 17 };
const ARCH_NAMES: Readonly<Record<string, readonly string[]>> = {
  x64: ['x86_64', 'universal2', 'intel'],
  arm64: ['aarch64', 'arm64', 'universal2'],
};
const MINOR_LIMIT = 1_000;

function tagRank(tag: string, machine: Machine): number | undefined {
  if (tag === 'any') return 0;
  const arch = (ARCH_NAMES[machine.arch] ?? [machine.arch]).find((name) => tag.endsWith(`_${name}`));
  if (arch === undefined) return undefined;
  const system = tag.slice(0, -arch.length - 1);
  if (machine.platform === 'darwin') return system.startsWith('macosx_') ? 1 : undefined;
  if (machine.platform !== 'linux' || machine.libc === null) return undefined;
  const wanted = libcOfTag(system);
  if (wanted === undefined || wanted.kind !== machine.libc.kind) return undefined;
  const [has, needs] = [rankOf(machine.libc.version), rankOf(wanted.version)];
  return needs <= has ? needs : undefined;
}

function libcOfTag(system: string): Libc | undefined {
  const legacy = LEGACY_GLIBC[system];
  if (legacy !== undefined) return { kind: 'glibc', version: [2, legacy] };
  const match = /^(many|musl)linux_(\d+)_(\d+)$/.exec(system);
  if (!match) return undefined;
  return { kind: match[1] === 'many' ? 'glibc' : 'musl', version: [Number(match[2]), Number(match[3])] };
}

function rankOf([major, minor]: readonly [number, number]): number {
  return major * MINOR_LIMIT + minor;
}
