import { join } from 'node:path';
import type { BuildPlan } from '../../builder-images/builder.ts';
import type { Layout } from '../../runtime/core/app.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { type SparkSeries, sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { prepareArchive } from './archive.ts';
import { prepareDependencies } from './dependencies.ts';
import { createPackageSource, type PackageSource, type ToolchainDeps } from './deps.ts';
import { fetchJava } from './fetch-java.ts';
import { findJava } from './java.ts';
import type { JavaInfo } from './java-probe.ts';
import { findPython } from './python.ts';
import type { PythonInfo } from './python-probe.ts';
import { prepareShadowHome } from './shadow-java.ts';
import { prepareSpark, type SparkFolders } from './spark.ts';

export interface LayoutInput {
  readonly plan: BuildPlan;
  /** The application's folder, absolute. */
  readonly appDir: string;
  /** `--java DIR`: this one or none; `null` finds or fetches one. */
  readonly java: string | null;
}

export interface Toolchain {
  readonly python: PythonInfo | null;
  readonly java: JavaInfo;
  readonly spark: SparkFolders;
  /** The classes of that Spark for that Java; `null` where there is no archive. */
  readonly archive: string | null;
}

/** Finds Python and Java and has Spark in the cache: whatever this machine lacks is fetched, once. Work of the step `toolchain`.
 *  @throws {ToolError} PYTHON_NOT_FOUND, PYTHON_UNSUPPORTED, JAVA_UNSUPPORTED, INDEX_UNREACHABLE, INDEX_AUTH, PACKAGE_NOT_FOUND, HASH_MISMATCH,
 *  DISK_FULL, FOLDER_READ_ONLY, LOCK_TIMEOUT; on abort the programs it started are killed and it rejects with `signal.reason` */
export async function prepareToolchain(input: LayoutInput, deps: ToolchainDeps, ctx: Ctx): Promise<Toolchain> {
  const { plan } = input;
  const series = sparkSeriesOf(plan.app.spark);
  await using source = createPackageSource(deps);
  // What only looks goes first: a wrong Python is known before half a gigabyte is fetched.
  const python = plan.app.language === 'python' ? await findPython({ wanted: plan.python, series }, deps, ctx) : null;
  const found = await findJava({ explicit: input.java, series }, deps, ctx);
  const spark = await prepareSpark({ version: plan.app.spark, python: python?.path ?? null }, source, deps, ctx);
  const java = await usableJava(found, series, { source, deps }, ctx);
  const archive = python === null ? null : await prepareArchive({ series, spark, java, python }, deps, ctx);
  return { python, java, spark, archive };
}

/** A Java for programs of Spark's own, such as Ivy: this machine's, or a fetched one.
 *  @throws {ToolError} as prepareToolchain */
export async function prepareJava(
  { explicit, spark }: { readonly explicit: string | null; readonly spark: string },
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<JavaInfo> {
  const series = sparkSeriesOf(spark);
  await using source = createPackageSource(deps);
  return await usableJava(await findJava({ explicit, series }, deps, ctx), series, { source, deps }, ctx);
}

function usableJava(
  found: JavaInfo | undefined,
  series: SparkSeries,
  { source, deps }: { readonly source: PackageSource; readonly deps: ToolchainDeps },
  ctx: Ctx,
): Promise<JavaInfo> {
  return found === undefined ? fetchJava(series, source, deps, ctx) : prepareShadowHome(found, deps, ctx);
}

/** Installs what the plan asks for and gives the folders for PYTHONPATH. Work of the step `dependencies`.
 *  @throws {ToolError} DEPENDENCY_NOT_FOUND, DEPENDENCIES_FAILED, and those of prepareToolchain */
export async function installDependencies(
  { plan, appDir }: LayoutInput,
  { python }: Toolchain,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<readonly string[]> {
  if (plan.dependencies === null || python === null) return [];
  await using source = createPackageSource(deps);
  const wanted = {
    ...{ input: plan.dependencies, appDir, spark: plan.app.spark, python },
    ...{ resolveAt: { kind: 'now' } as const, commitTime: null, upgrade: false, checkImports: async () => [] },
  };
  const { site } = await prepareDependencies(wanted, source, deps, ctx);
  return [site];
}

/** Puts together what the launcher needs to know. Import order: the application, its dependencies, Spark's own packages. */
export function layoutOf(
  { plan, appDir }: LayoutInput,
  { python, java, spark, archive }: Toolchain,
  dependencies: readonly string[],
): Layout {
  return {
    spark: spark.home,
    classPath: spark.classPath,
    archive,
    java: java.home,
    javaRelease: java.release,
    javaHasVectorModule: java.hasVectorModule,
    python: python?.path ?? null,
    pythonPath: [...plan.pythonPath.map((path) => join(appDir, path)), ...dependencies, spark.pythonPath],
    jars: [],
    pythonJars: [],
    classPathJars: [],
    trustStore: null,
    app: appDir,
  };
}

/** All of it at once. @throws {ToolError} as prepareToolchain and installDependencies */
export async function prepareLayout(input: LayoutInput, deps: ToolchainDeps, ctx: Ctx): Promise<Layout> {
  const toolchain = await prepareToolchain(input, deps, ctx);
  return layoutOf(input, toolchain, await installDependencies(input, toolchain, deps, ctx));
}
