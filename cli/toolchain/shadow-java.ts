import { createHash } from 'node:crypto';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import type { ToolchainDeps } from './deps.ts';
import type { JavaInfo } from './java-probe.ts';

/** Makes a JAVA_HOME whose `java` is the one of `real`, less the option for a module that it does not have. Spark gives that option to the driver
 *  and to executors alike and cannot be told not to; a stub of the module is refused by the hash in java.base.
 *  `real` is relative to the new folder or absolute; `names` is what is in it. */
export async function makeShadowHome(home: string, real: string, names: readonly string[]): Promise<void> {
  await mkdir(join(home, 'bin'), { recursive: true });
  await Promise.all(names.filter((name) => name !== 'bin').map((name) => symlink(join(real, name), join(home, name))));
  await writeFile(join(home, 'bin', 'java'), wrapper(real), { mode: 0o755 });
}

function wrapper(real: string): string {
  const path = real.startsWith('/') ? quoted(real) : `"\${0%/*}"/../${quoted(real)}`;
  return `#!/bin/sh
# Leaves out a module that this Java does not have and Spark asks for.
for argument do
  shift
  case $argument in
    --add-modules=jdk.incubator.vector) ;;
    *) set -- "$@" "$argument" ;;
  esac
done
exec ${path}/bin/java "$@"
`;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}

/** A Java of this machine as Spark can use it: itself when it has the module, else a shadow of it in the cache.
 *  @throws {ToolError} what the cache throws */
export async function prepareShadowHome(java: JavaInfo, deps: ToolchainDeps, ctx: Ctx): Promise<JavaInfo> {
  if (java.hasVectorModule) return java;
  const id = createHash('sha256').update(java.home).digest('hex').slice(0, ID_LENGTH);
  const entry = {
    cache: deps.cache,
    key: `java/shadow-${id}`,
    what: 'Java',
    step: 'toolchain',
    pid: deps.pid,
  } as const;
  const make = async (dir: string) => makeShadowHome(dir, java.home, await readdir(java.home));
  return { ...java, home: await withCacheEntry(entry, make, ctx) };
}

const ID_LENGTH = 16;
