import { homedir } from 'node:os';
import type { BuildPlan } from '../../builder-images/builder.ts';
import { prepareLayout } from '../../cli/toolchain/layout.ts';
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
    python: null,
    dependencies: null,
    pythonPath: [],
    sparkConf: null,
    labels: {},
    exclude: [],
    notices: [],
  };
  const { cache } = foldersFrom(process.env, homedir());
  const { env, platform, arch, pid } = process;
  const deps = {
    cache,
    env,
    home: homedir(),
    platform,
    arch,
    pid,
    extraEnv: {},
    index: { indexUrl: null, caFile: null },
  };
  return prepareLayout({ plan, appDir, java: null }, deps, testCtx());
}
