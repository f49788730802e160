import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import type { Folders } from '../../runtime/core/folders.ts';
import { type SparkSeries, sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { fixedPortRange, isFree } from '../../runtime/platform/local/ports.ts';
import { exists } from '../packages/exists.ts';
import { indexHost } from '../packages/index-settings.ts';
import { readProject } from '../packages/simple-index.ts';
import { runChild } from '../toolchain/child.ts';
import { createPackageSource, type ToolchainDeps } from '../toolchain/deps.ts';
import { findJava } from '../toolchain/java.ts';
import { findPython } from '../toolchain/python.ts';
import { JAVA_PACKAGES } from '../toolchain/versions.ts';
import type { Check } from './check.ts';
import { dockerCheck } from './docker-check.ts';
import { dockerProbe } from './docker-probe.ts';
import { diskCheck, writableCheck } from './folder-checks.ts';
import { folderProbe } from './folder-probe.ts';
import { gitCheck } from './git-check.ts';
import { type IndexProbe, indexCheck } from './index-check.ts';
import { type KubernetesProbe, kubernetesCheck } from './kubernetes-check.ts';
import { networkCheck } from './network-check.ts';
import { nodeCheck } from './node-check.ts';
import { portsCheck } from './ports-check.ts';
import { javaCheck, pythonCheck } from './toolchain-checks.ts';

export interface StandardChecksInput {
  readonly deps: ToolchainDeps;
  readonly folders: Folders;
  /** The Node that runs this: its file. */
  readonly node: string;
  /** The series that a run takes. @throws {ToolError} SPARK_UNSUPPORTED */
  readonly spark: string;
  readonly kubernetes: KubernetesProbe;
}

const VERSION_DEADLINE_MS = 5_000;

/** What a run on this machine needs, asked of the real machine, in the order in which it is told. */
export function standardChecks({ deps, folders, node, spark, kubernetes }: StandardChecksInput): readonly Check[] {
  const series = sparkSeriesOf(spark);
  return [
    nodeCheck((ctx) => versionOf(node, deps, ctx)),
    gitCheck((ctx) => versionOf('git', deps, ctx)),
    pythonCheck(series, async (ctx) => {
      const { version, path } = await findPython({ wanted: null, series }, deps, ctx);
      return { version, place: path };
    }),
    javaCheck(series, {
      find: (ctx) => javaOf(series, deps, ctx),
      isCached: () => isJavaCached(series, deps),
    }),
    writableCheck('cache', folders.cache, folderProbe),
    writableCheck('state', folders.state, folderProbe),
    diskCheck('cache', folders.cache, folderProbe),
    diskCheck('state', folders.state, folderProbe),
    portsCheck({ range: fixedPortRange, isFree }),
    networkCheck(async (ctx) => {
      await using source = createPackageSource(deps);
      return source.settings(ctx);
    }),
    indexCheck(indexProbe(series, deps)),
    dockerCheck(dockerProbe(deps.env)),
    kubernetesCheck(kubernetes),
  ];
}

async function versionOf(file: string, { env }: ToolchainDeps, ctx: Ctx): Promise<string | undefined> {
  const command = { file, args: ['--version'], env, deadlineMs: VERSION_DEADLINE_MS };
  const answer = await runChild(command, ctx).catch(() => undefined);
  ctx.signal.throwIfAborted();
  return answer?.status === 0 ? answer.stdout : undefined;
}

async function javaOf(
  series: SparkSeries,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<{ readonly version: string; readonly place: string } | undefined> {
  const java = await findJava({ explicit: null, series }, deps, ctx);
  return java && { version: java.version, place: java.home };
}

/** Under the key by which it is fetched. */
async function isJavaCached({ java: [first, last] }: SparkSeries, deps: ToolchainDeps): Promise<boolean> {
  const wanted = JAVA_PACKAGES.find(({ release }) => release >= first && release <= last);
  return wanted !== undefined && exists(join(deps.cache, `java/${wanted.version}-${deps.platform}-${deps.arch}`));
}

function indexProbe(series: SparkSeries, deps: ToolchainDeps): IndexProbe {
  return {
    async host(ctx) {
      await using source = createPackageSource(deps);
      return indexHost(await source.settings(ctx));
    },
    async hasSpark(ctx) {
      await using source = createPackageSource(deps);
      const { settings, http } = await source.open(ctx);
      return (await readProject(settings.indexUrl, 'pyspark', http, ctx)) !== undefined;
    },
    async isCacheFilled(ctx) {
      if (!(await exists(join(deps.cache, `spark/${series.release}`)))) return false;
      return (await javaOf(series, deps, { ...ctx, emit: () => {} })) !== undefined || isJavaCached(series, deps);
    },
  };
}
