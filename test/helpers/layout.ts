import { homedir } from 'node:os';
import type { BuildPlan } from '../../builder-images/builder.ts';
import { createPackageSource, type ToolchainDeps } from '../../cli/toolchain/deps.ts';
import { prepareLayout } from '../../cli/toolchain/layout.ts';
import { prepareUv } from '../../cli/toolchain/uv.ts';
import type { Layout } from '../../runtime/core/app.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { testCtx } from './ctx.ts';
import { launchRequestFor } from './requests.ts';

/** Spark, Java and Python of this machine, from the user's cache; fetched there when they are missing. */
export async function realLayout(spark = '4.2.1', appDir = '/nowhere'): Promise<Layout> {
  const plan: BuildPlan = {
    version: 1,
    builder: 'python',
    app: { ...launchRequestFor().app, spark },
    sparkFrom: null,
    python: null,
    dependencies: null,
    pythonPath: [],
    sparkConf: null,
    labels: {},
    exclude: [],
    notices: [],
  };
  return prepareLayout({ plan, appDir, java: null }, userDeps(), testCtx());
}

/** The uv that hibana uses, from the user's cache. */
export async function realUv(): Promise<string> {
  await using source = createPackageSource(userDeps());
  return await prepareUv(source, userDeps(), testCtx());
}

/** What tests with an index of their own cannot get from there: Spark, a Java and uv, fetched once into the user's cache. */
export async function fillCache(): Promise<void> {
  await realLayout();
  await realUv();
}

function userDeps(): ToolchainDeps {
  const { cache } = foldersFrom(process.env, homedir());
  const { env, platform, arch, pid } = process;
  const index = { indexUrl: null, caFile: null };
  return { cache, env, home: homedir(), platform, arch, pid, extraEnv: {}, index };
}
