import type { Layout } from '../../runtime/core/app.ts';
import { step } from '../../runtime/core/events.ts';
import type { AppContext } from '../commands/command.ts';
import type { IndexToken } from '../packages/index-logins.ts';
import type { DependencyRecord } from '../toolchain/dependencies/record.ts';
import type { ToolchainDeps } from '../toolchain/deps.ts';
import { type LayoutInput, layoutOf, prepareToolchain, type Toolchain } from '../toolchain/layout.ts';
import { prepareConnectClient } from './prepare-connect-client.ts';
import { type DependencySettings, prepareApplicationDependencies } from './prepare-dependencies.ts';
import { prepareApplicationJars } from './prepare-jars.ts';
import type { Application } from './read-application.ts';
import type { RunScope } from './with-run.ts';

export interface PrepareSettings extends DependencySettings {
  readonly cache: string;
  /** `--java DIR` */
  readonly java: string | undefined;
  readonly caFile: string | null;
  readonly indexTokens: readonly IndexToken[];
  /** Whether the job is a client of Spark Connect. */
  readonly isConnect: boolean;
}

export interface Prepared {
  readonly layout: Layout;
  /** What was installed for the application, and as of when; `null` where it asks for nothing. */
  readonly dependencies: DependencyRecord | null;
}

/** What the job needs on this machine: the steps `toolchain`, `dependencies` and `packages`.
 *  @throws {ToolError} those of prepareToolchain, prepareApplicationDependencies and prepareApplicationJars */
export async function prepareApplication(
  application: Application,
  prepare: PrepareSettings,
  { ctx, marker }: RunScope,
  app: AppContext,
): Promise<Prepared> {
  const { plan, dir, settings } = application;
  const { cache, java, caFile, indexTokens } = prepare;
  const { env, home, platform, arch, pid } = app;
  const index = { indexUrl: settings.indexUrl, caFile, tokens: indexTokens };
  const deps: ToolchainDeps = { cache, env, home, platform, arch, pid, extraEnv: marker, index };
  const input: LayoutInput = { plan, appDir: dir, java: java ?? null };
  const toolchain = await step(ctx, 'toolchain', async () => {
    const result = await prepareToolchain(input, deps, ctx);
    return { result, detail: describeToolchain(plan.app.spark, result) };
  });
  const dependencies = await prepareApplicationDependencies(application, toolchain, prepare, deps, ctx);
  const client = prepare.isConnect ? await prepareConnectClient(input, toolchain, deps, ctx) : [];
  const jars = await prepareApplicationJars(application, toolchain, deps, ctx);
  return {
    layout: { ...layoutOf(input, toolchain, [...dependencies.folders, ...client]), ...jars },
    dependencies: dependencies.record,
  };
}

function describeToolchain(spark: string, { python, java }: Toolchain): string {
  return [`Spark ${spark}`, `Java ${java.release}`, ...(python === null ? [] : [`Python ${python.version}`])].join(
    ' · ',
  );
}
