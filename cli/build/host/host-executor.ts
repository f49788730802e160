import type { Ctx } from '../../../runtime/core/context.ts';
import { step } from '../../../runtime/core/events.ts';
import type { ResolvedJars } from '../../jars/resolve-jars.ts';
import { resolveApplicationJars } from '../../run/prepare-jars.ts';
import { createPackageSource, type ToolchainDeps } from '../../toolchain/deps.ts';
import { prepareJava } from '../../toolchain/layout.ts';
import { prepareSpark } from '../../toolchain/spark.ts';
import type { AssembledImage, AssembleInput, BuildExecutor } from '../executor.ts';
import { applicationLayer } from './application-layer.ts';
import { assembleDependencies } from './assemble-dependencies.ts';
import { launcherLayer } from './launcher-layer.ts';
import { packagesLayer } from './packages-layer.ts';
import { installTarget } from './target.ts';

/** Makes layers on this machine: uv installs for the builder's Python, Spark's own Ivy resolves packages, the source is taken as it is. Nothing of
 *  the application is run, and nobody needs root or a daemon. */
export function createHostExecutor(deps: ToolchainDeps): BuildExecutor {
  return {
    assemble: (input, ctx) => assemble(input, deps, ctx),
    expect: async (builders, ctx) => {
      await Promise.allSettled(builders.map((builder) => installTarget(builder, deps, ctx)));
    },
  };
}

/** The launcher is the lowest, as it is the same on every application; the source, which changes most, the highest. */
async function assemble(input: AssembleInput, deps: ToolchainDeps, ctx: Ctx): Promise<readonly AssembledImage[]> {
  const { application, app, isDirectory, launcher } = input;
  const { dir, plan } = application;
  const below = launcherLayer(launcher);
  const source = { dir, app, gitignore: isDirectory, exclude: plan.exclude };
  const resolved = await packages(input, deps, ctx);
  const jars = resolved?.lock.jars ?? [];
  const above = [...(resolved === null ? [] : [packagesLayer(resolved)]), await applicationLayer(source, ctx)];
  const images: AssembledImage[] = [];
  for (const builder of input.builders) {
    const { layers, distributions } = await assembleDependencies(input, builder, deps, ctx);
    images.push({ builder, layers: [below, ...layers, ...above], inventory: { distributions, jars } });
  }
  return images;
}

/** Spark and Java are for Ivy: where there are no packages neither is needed. */
async function packages(
  { application, java: explicit }: AssembleInput,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<ResolvedJars | null> {
  const { jars, settings, plan } = application;
  if (jars === null && settings.extras.length === 0) return null;
  const toolchain = await step(ctx, 'toolchain', async () => {
    await using source = createPackageSource(deps);
    const { spark: version } = plan.app;
    const java = await prepareJava({ explicit, spark: version }, deps, ctx);
    const spark = await prepareSpark({ version, python: null }, source, deps, ctx);
    return { result: { java, spark }, detail: `Spark ${version} · Java ${java.release}` };
  });
  return (await resolveApplicationJars(application, toolchain, deps, ctx)).resolved;
}
