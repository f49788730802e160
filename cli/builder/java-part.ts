import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import { BUILDER_FOLDERS } from '../build/builder-labels.ts';
import type { Machine } from '../packages/machine.ts';
import type { PackageSource } from '../toolchain/deps.ts';
import { fetchRuntime, javaPackageFor } from '../toolchain/fetch-java.ts';
import { makeShadowHome } from '../toolchain/shadow-java.ts';
import { formatLibc } from './architectures.ts';
import { type Part, treeEntries } from './part.ts';

/** Java for a Spark series and a machine: the packaged one in `runtime`, and around it a JAVA_HOME that leaves out the module which it lacks and
 *  Spark asks for. Without an archive of its base classes: only a Java that runs can make one.
 *  @throws {ToolError} JAVA_UNSUPPORTED when none is packaged for the series */
export function javaPart(series: SparkSeries, machine: Machine, source: PackageSource): Part {
  const { version, release } = javaPackageFor(series);
  return {
    kind: 'java',
    key: ['java', version, machine.arch, machine.libc && formatLibc(machine.libc), REVISION].join('/'),
    createdBy: `hibana: Java ${release} (${version})`,
    parents: BUILDER_FOLDERS,
    async entries(dir, ctx) {
      const packages = await source.open(ctx);
      await fetchRuntime({ version, dir }, { ...packages, machine }, ctx);
      const [runtime, home] = [join(dir, 'runtime'), join(dir, 'home')];
      await makeShadowHome(home, 'runtime', await readdir(runtime));
      const entries = await Promise.all([
        treeEntries(home, IMAGE_PATHS.java),
        treeEntries(runtime, `${IMAGE_PATHS.java}/runtime`),
      ]);
      return entries.flat();
    },
  };
}

/** Counts the changes of how the same package is arranged. */
const REVISION = 1;
