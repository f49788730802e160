import type { Layout } from '../../runtime/core/app.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { step } from '../../runtime/core/events.ts';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { formatCoordinates } from '../jars/coordinates.ts';
import { type ResolvedJars, resolveJars } from '../jars/resolve-jars.ts';
import { withS3 } from '../jars/s3-packages.ts';
import { prepareTrustStore } from '../jars/trust-store.ts';
import { createPackageSource, type ToolchainDeps } from '../toolchain/deps.ts';
import type { Toolchain } from '../toolchain/layout.ts';
import type { Application } from './read-application.ts';

/** What the JVMs of the job get beside Spark: the trust store, and the jars of packages and extras, which are the step `packages` where there are any.
 *  @throws {ToolError} those of prepareTrustStore and resolveJars */
export async function prepareApplicationJars(
  application: Application,
  toolchain: JarTools,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<Pick<Layout, 'jars' | 'pythonJars' | 'classPathJars' | 'trustStore'>> {
  const { resolved, trustStore } = await resolveApplicationJars(application, toolchain, deps, ctx);
  if (resolved === null) return { jars: [], pythonJars: [], classPathJars: [], trustStore };
  const { lock: _, ...jars } = resolved;
  return { ...jars, trustStore };
}

export type JarTools = Pick<Toolchain, 'spark' | 'java'>;

/** The same, with what the packages were resolved to; `null` where there are none.
 *  @throws {ToolError} as prepareApplicationJars */
export async function resolveApplicationJars(
  { plan, dir, settings, jars }: Application,
  { spark, java }: JarTools,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<{ readonly resolved: ResolvedJars | null; readonly trustStore: string | null }> {
  await using source = createPackageSource(deps);
  const trustStore = await prepareTrustStore(java.home, source, deps, ctx);
  const wanted = settings.extras.includes('s3') ? await withS3(jars, spark.home) : jars;
  if (wanted === null) return { resolved: null, trustStore };
  const detail = [...(jars?.packages.map(formatCoordinates) ?? []), ...settings.extras].join(', ');
  const resolved = await step(ctx, 'packages', async () => {
    const place = { spark: spark.home, java: java.home, appDir: dir, trustStore };
    const result = await resolveJars({ wanted, series: sparkSeriesOf(plan.app.spark), ...place }, source, deps, ctx);
    return { result, detail };
  });
  return { resolved, trustStore };
}
