import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import { BUILDER_FOLDERS } from '../build/builder-labels.ts';
import type { Machine } from '../packages/machine.ts';
import { unzip } from '../packages/unzip.ts';
import type { PackageSource, ToolchainDeps } from '../toolchain/deps.ts';
import { prepareSpark } from '../toolchain/spark.ts';
import { type Part, treeEntries } from './part.ts';

export interface NativesOptions {
  readonly spark: string;
  readonly machine: Machine;
}

/** The native libraries of Spark's compressors, unpacked from its jars: they would unpack themselves at run time, which they cannot where the only
 *  folder that can be written is mounted `noexec`, as docker's `--tmpfs` is. */
export function nativesPart({ spark, machine }: NativesOptions, source: PackageSource, deps: ToolchainDeps): Part {
  return {
    kind: 'natives',
    key: ['natives', spark, machine.arch, REVISION].join('/'),
    createdBy: `hibana: native libraries of Spark ${spark}`,
    parents: BUILDER_FOLDERS,
    async entries(dir, ctx) {
      const { home } = await prepareSpark({ version: spark, python: null }, source, deps, ctx);
      const [jars, target] = [join(home, 'jars'), join(dir, 'natives')];
      await mkdir(target);
      for (const name of (await readdir(jars)).filter((jar) => JARS.test(jar))) {
        await unzip(join(jars, name), target, (path) => placeOf(path, machine.arch), ctx);
      }
      return treeEntries(target, IMAGE_PATHS.natives);
    },
  };
}

/** Counts the changes of what is unpacked. */
const REVISION = 1;
const JARS = /^(?:zstd-jni|snappy-java)-.*\.jar$/;
/** What their makers call an architecture. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  x64: ['linux/amd64', 'org/xerial/snappy/native/Linux/x86_64'],
  arm64: ['linux/aarch64', 'org/xerial/snappy/native/Linux/aarch64'],
};

function placeOf(path: string, arch: string): { readonly path: string; readonly isExecutable: boolean } | null {
  const isOurs = FOLDERS[arch]?.some((folder) => path.startsWith(`${folder}/`)) === true && path.endsWith('.so');
  return isOurs ? { path: basename(path), isExecutable: true } : null;
}
