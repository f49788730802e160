import type { Layout } from '../../runtime/core/app.ts';
import { step } from '../../runtime/core/events.ts';
import type { AppContext } from '../commands/command.ts';
import type { ToolchainDeps } from '../toolchain/deps.ts';
import {
  installDependencies,
  type LayoutInput,
  layoutOf,
  prepareToolchain,
  type Toolchain,
} from '../toolchain/layout.ts';
import type { Application } from './read-application.ts';
import type { RunScope } from './with-run.ts';

export interface PrepareSettings {
  readonly cache: string;
  /** `--java DIR` */
  readonly java: string | undefined;
  readonly caFile: string | null;
}

/** What the job needs on this machine: the steps `toolchain` and `dependencies`.
 *  @throws {ToolError} those of prepareToolchain and installDependencies */
export async function prepareApplication(
  { plan, dir, settings }: Application,
  { cache, java, caFile }: PrepareSettings,
  { ctx, marker }: RunScope,
  app: AppContext,
): Promise<Layout> {
  const { env, home, platform, arch, pid } = app;
  const index = { indexUrl: settings.indexUrl, caFile };
  const deps: ToolchainDeps = { cache, env, home, platform, arch, pid, extraEnv: marker, index };
  const input: LayoutInput = { plan, appDir: dir, java: java ?? null };
  const toolchain = await step(ctx, 'toolchain', async () => {
    const result = await prepareToolchain(input, deps, ctx);
    return { result, detail: describeToolchain(plan.app.spark, result) };
  });
  if (plan.dependencies === null) return layoutOf(input, toolchain, []);
  const dependencies = await step(ctx, 'dependencies', async () => {
    const result = await installDependencies(input, toolchain, deps, ctx);
    return { result, detail: plan.dependencies?.files.join(', ') ?? '' };
  });
  return layoutOf(input, toolchain, dependencies);
}

function describeToolchain(spark: string, { python, java }: Toolchain): string {
  return [`Spark ${spark}`, `Java ${java.release}`, ...(python === null ? [] : [`Python ${python.version}`])].join(
    ' · ',
  );
}
