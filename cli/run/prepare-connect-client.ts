import { sparkExtras } from '../../builder-images/python/spark-extras.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { step } from '../../runtime/core/events.ts';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import type { ToolchainDeps } from '../toolchain/deps.ts';
import { installDependencies, type LayoutInput, type Toolchain } from '../toolchain/layout.ts';

/** What `pyspark[connect]` brings, in a folder of its own that Python looks into after those of the application: what the application asks
 *  for itself wins.
 *  @throws {ToolError} as installDependencies */
export async function prepareConnectClient(
  { plan, appDir, java }: LayoutInput,
  toolchain: Toolchain,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<readonly string[]> {
  const extras = [...sparkExtras(['connect'], sparkSeriesOf(plan.app.spark)), BEFORE_PANDAS_3];
  const requirements = `${extras.join('\n')}\n`;
  const input = { kind: 'requirements', requirements, constraints: '', requireHashes: false, files: [] } as const;
  const client = { plan: { ...plan, dependencies: input }, appDir, java };
  return step(ctx, 'dependencies', async () => {
    const folders = await installDependencies(client, toolchain, deps, ctx);
    return { result: folders, detail: 'the client of Spark Connect' };
  });
}

/** Spark 4.2 warns, at each start, that it does not know it well. */
const BEFORE_PANDAS_3 = 'pandas<3';
