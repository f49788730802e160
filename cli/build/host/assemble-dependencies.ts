import type { BuildPlan } from '../../../builder-images/builder.ts';
import type { Ctx } from '../../../runtime/core/context.ts';
import { step } from '../../../runtime/core/events.ts';
import { prepareApplicationDependencies } from '../../run/prepare-dependencies.ts';
import { createPackageSource, type ToolchainDeps } from '../../toolchain/deps.ts';
import { findSpark, prepareSpark, type SparkFolders } from '../../toolchain/spark.ts';
import type { AssembleInput, KeyedLayer } from '../executor.ts';
import type { PlatformBuilder } from '../find-builder.ts';
import type { Distribution } from '../inventory.ts';
import { dependenciesLayer } from './dependencies-layer.ts';
import { distributionsOf } from './distributions.ts';
import { tellOutsideLibraries } from './outside-libraries.ts';
import { type InstallTarget, installTarget } from './target.ts';

export interface AssembledDependencies {
  /** One, or none where the application asks for nothing. */
  readonly layers: readonly KeyedLayer[];
  readonly distributions: readonly Distribution[];
}

/** The Python dependencies for one builder: the step `dependencies`.
 *  @throws {ToolError} those of installTarget and prepareApplicationDependencies */
export async function assembleDependencies(
  { application, isDirectory, upgrade }: AssembleInput,
  builder: PlatformBuilder,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<AssembledDependencies> {
  const { plan } = application;
  if (plan.app.language !== 'python') return NONE;
  const target = await installTarget(builder, deps, ctx);
  const spark = await sparkForImports(plan, target, deps, ctx);
  const settings = {
    ...{ upgrade, isDirectory, runFolder: null },
    ...{ target: target.options, checksImports: spark !== undefined },
  };
  const toolchain = { python: target.python, spark: { pythonPath: spark?.pythonPath ?? '' } };
  const { folders, record } = await prepareApplicationDependencies(application, toolchain, settings, deps, ctx);
  const [site] = folders;
  if (record === null || site === undefined) return NONE;
  if (target.isThisMachine) await tellOutsideLibraries(site, ctx);
  const { facts, platform } = builder;
  const layer = dependenciesLayer({
    ...{ lock: record.lock, isWheelsOnly: !target.isThisMachine, python: facts.python, libc: facts.libc },
    ...{ architecture: platform.architecture, builder: builder.image.descriptor.digest, install: async () => site },
  });
  return { layers: [layer], distributions: distributionsOf(record.lock, builder) };
}

const NONE: AssembledDependencies = { layers: [], distributions: [] };

/** What an application imports is looked for where it can run, with Spark's own packages. Where the set of dependencies depends on it, they are fetched;
 *  else they are taken if they are here. */
async function sparkForImports(
  { app, dependencies }: BuildPlan,
  { python, isThisMachine }: InstallTarget,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<SparkFolders | undefined> {
  if (!isThisMachine) return undefined;
  const found = await findSpark(app.spark, deps);
  const isOpen = dependencies?.kind === 'requirements' && !dependencies.requireHashes;
  if (found !== undefined || !isOpen) return found;
  return step(ctx, 'toolchain', async () => {
    await using source = createPackageSource(deps);
    const result = await prepareSpark({ version: app.spark, python: python.path }, source, deps, ctx);
    return { result, detail: `Spark ${app.spark}` };
  });
}
