import type { Platform } from '../../image/descriptor.ts';
import { lockedPackages } from '../../toolchain/dependencies/lock-text.ts';
import { type MarkerEnvironment, markerHolds } from '../../toolchain/dependencies/marker.ts';
import type { BuilderFacts } from '../builder-labels.ts';
import type { Distribution } from '../inventory.ts';

/** What of a lock is installed for a builder: a lock of a project names also what others need (`sys_platform == 'win32'`). pyspark and py4j are those
 *  of the builder. In the order of the lock. */
export function distributionsOf(
  lock: string,
  { facts, platform }: { readonly facts: Pick<BuilderFacts, 'python'>; readonly platform: Platform },
): readonly Distribution[] {
  const environment = environmentOf(facts.python, platform);
  return lockedPackages(lock).flatMap(({ name, version, text }) => {
    const [requirement = ''] = text.split(/\s--hash[=\s]/, 1);
    const marker = MARKER.exec(requirement)?.[1];
    if (BUILDERS_OWN.has(name) || (marker !== undefined && !markerHolds(marker, environment))) return [];
    const sha256 = [...text.matchAll(SHA256)].flatMap(([, digits]) => digits ?? []);
    return [{ name, version: EXACT.exec(version ?? '')?.[1] ?? null, sha256: sha256.toSorted() }];
  });
}

const BUILDERS_OWN = new Set(['pyspark', 'py4j']);
/** Before a URL's end there may be a `;` that is its own; a marker's has a space in front of it, or follows a version. */
const MARKER = /(?:\s|==\s*[^\s;]+);\s*(.+)$/;
/** What stands after `==`: of `===` one sign more. */
const EXACT = /^=?([^,*]+)$/;
const SHA256 = /--hash[=\s]sha256:([0-9a-f]{64})\b/g;

/** Of a builder's Python the patch version is not known: none is too old for a lock.
 *  Source: packaging.python.org, "Dependency specifiers". */
function environmentOf(python: string, { architecture }: Platform): MarkerEnvironment {
  const full = `${python}.99`;
  return {
    ...{ os_name: 'posix', sys_platform: 'linux', platform_system: 'Linux', extra: '' },
    ...{ platform_python_implementation: 'CPython', implementation_name: 'cpython', implementation_version: full },
    ...{ python_version: python, python_full_version: full },
    platform_machine: MACHINES[architecture] ?? architecture,
  };
}

/** What `uname -m` calls the architectures of images. */
const MACHINES: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64', '386': 'i686' };
