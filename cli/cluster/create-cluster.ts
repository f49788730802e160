import type { BuildPlan } from '../../builder-images/builder.ts';
import { chooseSpark } from '../../builder-images/python/spark-choice.ts';
import type { Cluster, ClusterSpec } from '../../runtime/core/cluster.ts';
import { type Ctx, withSignal } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { step } from '../../runtime/core/events.ts';
import { clusterFolder, readDescription } from '../../runtime/platform/local/cluster-folder.ts';
import {
  createShared,
  deleteHalfMade,
  newMarker,
  type SharedDeps,
} from '../../runtime/platform/local/shared-cluster.ts';
import type { ToolchainDeps } from '../toolchain/deps.ts';
import { layoutOf, prepareToolchain } from '../toolchain/layout.ts';

export interface WantedCluster {
  readonly spec: ClusterSpec;
  /** `4.2`, `4.2.1`; `null` takes the default. */
  readonly spark: string | null;
  readonly python: string | null;
  /** A JAVA_HOME; `null` finds or fetches one. */
  readonly java: string | null;
}

const CLEANUP_DEADLINE_MS = 30_000;

/** Makes a shared cluster from Spark, Java and Python of this machine; a half-made one is deleted again, whatever went wrong.
 *  @throws {ToolError} CLUSTER_EXISTS, those of prepareToolchain and createShared */
export async function createCluster(
  wanted: WantedCluster,
  shared: SharedDeps,
  toolchain: ToolchainDeps,
  ctx: Ctx,
): Promise<Cluster> {
  const { spec } = wanted;
  await checkIsNew(shared.stateFolder, spec.name);
  const plan = planFor(wanted);
  const material = await step(ctx, 'toolchain', async () => {
    const input = { plan, appDir: '/', java: wanted.java };
    const tools = await prepareToolchain(input, toolchain, ctx);
    const layout = layoutOf(input, tools, []);
    const python = tools.python?.version ?? null;
    const detail = `Spark ${plan.app.spark} · Java ${layout.javaRelease}${python === null ? '' : ` · Python ${python}`}`;
    return { result: { layout, spark: plan.app.spark, python, pid: toolchain.pid }, detail };
  });
  return step(ctx, 'cluster', async () => {
    const marker = newMarker(spec.name);
    const cluster = await createShared(spec, { ...material, marker }, shared, ctx).catch(async (error: unknown) => {
      const isOthers = error instanceof ToolError && error.code === 'CLUSTER_EXISTS';
      if (!isOthers) await rollBack({ name: spec.name, marker }, shared, ctx);
      throw error;
    });
    return { result: cluster, detail: cluster.master };
  });
}

/** Before half a gigabyte is fetched for nothing. */
async function checkIsNew(stateFolder: string, name: string): Promise<void> {
  if ((await readDescription(clusterFolder(stateFolder, name))) === undefined) return;
  throw new ToolError('CLUSTER_EXISTS', `Cannot create the cluster "${name}": there is one of this name`);
}

async function rollBack(
  { name, marker }: { readonly name: string; readonly marker: string },
  { stateFolder }: SharedDeps,
  outer: Ctx,
): Promise<void> {
  const ctx = withSignal(outer, AbortSignal.timeout(CLEANUP_DEADLINE_MS));
  await step(ctx, 'cleanup', async () => {
    const left = await deleteHalfMade(stateFolder, name, marker);
    return { result: undefined, detail: left.length === 0 ? 'half-made cluster deleted' : left.join('; ') };
  });
}

/** The toolchain is asked for by a plan: one of no application at all. */
function planFor({ spec, spark, python }: WantedCluster): BuildPlan {
  const { release } = chooseSpark(spark, []);
  return {
    version: 1,
    builder: 'python',
    app: {
      version: 1,
      name: spec.name,
      kind: 'service',
      language: 'python',
      entry: '',
      mainClass: null,
      spark: release,
      args: [],
      conf: {},
      packages: [],
      jars: [],
      env: {},
      port: null,
    },
    sparkFrom: null,
    python,
    dependencies: null,
    pythonPath: [],
    sparkConf: null,
    labels: {},
    exclude: [],
    notices: [],
  };
}
