import { join } from 'node:path';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import { BUILDER_FOLDERS } from '../build/builder-labels.ts';
import type { PackageSource, ToolchainDeps } from '../toolchain/deps.ts';
import { prepareSpark } from '../toolchain/spark.ts';
import { type Part, symlinkEntry, treeEntries } from './part.ts';

/** Spark: the same for every architecture. Its Python packages are in `python`, as files; none is compiled, because what a Python makes of
 *  them depends on its version and on how it ran. All jars stay: of 400 MB those that few jobs need (Kubernetes, Hive, Spark Connect) have 60. */
export function sparkPart(version: string, source: PackageSource, deps: ToolchainDeps): Part {
  return {
    kind: 'spark',
    key: ['spark', version, REVISION].join('/'),
    createdBy: `hibana: Spark ${version}`,
    parents: BUILDER_FOLDERS,
    async entries(_dir, ctx) {
      const { home, pythonPath } = await prepareSpark({ version, python: null }, source, deps, ctx);
      const { spark } = IMAGE_PATHS;
      const entries = await Promise.all([
        treeEntries(join(home, 'bin'), `${spark}/bin`, (name) => !UNUSED_PROGRAMS.has(name)),
        treeEntries(join(home, 'jars'), `${spark}/jars`),
        treeEntries(join(home, 'licenses'), `${spark}/licenses`),
        treeEntries(pythonPath, `${spark}/python`, isSource),
      ]);
      // Where Spark itself looks for archives of its Python packages: a folder serves as well.
      return [...entries.flat(), symlinkEntry(`${spark}/python/lib/pyspark.zip`, '..')];
    },
  };
}

/** Counts the changes of how the same Spark is arranged. */
const REVISION = 1;
/** For R, and for making images with a daemon. */
const UNUSED_PROGRAMS = new Set(['sparkR', 'docker-image-tool.sh']);

function isSource(name: string): boolean {
  return !/(^|\/)(__pycache__|tests)\//.test(name) && !name.endsWith('.pyc');
}
