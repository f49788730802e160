import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { trustStoreOptions } from '../../runtime/core/java-options.ts';
import { createHttp } from '../packages/http.ts';
import type { Environment } from '../packages/machine.ts';
import { readProxies } from '../packages/proxies.ts';
import type { PackageSource, ToolchainDeps } from '../toolchain/deps.ts';
import { explainIvyFailure } from './ivy-failure.ts';
import { ivyModule, ivySettings, providedModules } from './ivy-files.ts';
import { readMavenSettings } from './maven-settings.ts';
import { proxyOptions } from './proxy-options.ts';
import { proxyEnvironment, repositoriesFor } from './repositories.ts';
import { startRepositoryGateway } from './repository-gateway.ts';
import { createRepositoryReader } from './repository-reader.ts';
import type { ResolveInput } from './resolve-jars.ts';
import { type IvyResult, type IvyRun, runIvy } from './run-ivy.ts';

export interface FetchInput extends ResolveInput {
  /** The user's own settings of Ivy; `null` uses Maven's. */
  readonly settingsPath: string | null;
  readonly scratch: string;
  readonly target: string;
  readonly env: Environment;
}

interface Tools {
  readonly source: PackageSource;
  readonly deps: ToolchainDeps;
}

/** Resolves and fetches all jars into `target`. @throws {ToolError} as resolveJars */
export async function fetchJars(input: FetchInput, tools: Tools, ctx: Ctx): Promise<void> {
  ctx.emit({ type: 'step-progress', step: 'packages', doing: 'resolves the packages' });
  const sparkJars = join(input.spark, 'jars');
  const excluded = [...input.wanted.excluded, ...providedModules(await readdir(sparkJars))];
  const run = {
    java: input.java,
    sparkJars,
    module: ivyModule({ packages: input.wanted.packages, excluded }),
    javaOptions: [],
    scratch: input.scratch,
    target: input.target,
    env: input.env,
  };
  if (input.settingsPath === null) await resolveByMaven(input, run, tools, ctx);
  else await resolveByIvySettings(input.settingsPath, { ...run, javaOptions: ownOptions(input) }, ctx);
}

async function resolveByMaven(
  { wanted, scratch }: FetchInput,
  run: Omit<IvyRun, 'settings'>,
  { source, deps }: Tools,
  ctx: Ctx,
): Promise<void> {
  const { env, home } = deps;
  const settings = await readMavenSettings(env, home);
  const set = repositoriesFor({ urls: wanted.repositories, settings, env, home });
  const index = await source.settings(ctx);
  const credentials = new Map([...index.credentials, ...set.credentials]);
  await using http = createHttp({
    ...index,
    credentials,
    proxies: readProxies(proxyEnvironment(settings, env), undefined),
  });
  const reader = createRepositoryReader({ set, http, folder: join(scratch, 'files') }, ctx);
  await using gateway = await startRepositoryGateway(reader, ctx);
  const text = ivySettings(gateway.url, join(scratch, 'cache'));
  const result = await runIvy({ ...run, settings: { text } }, ctx);
  if (!result.isResolved) throw await explainIvyFailure({ wanted, reader, set, result });
}

/** The user's own settings say everything; what is not in them, proxies and authorities, comes by options. */
async function resolveByIvySettings(path: string, run: Omit<IvyRun, 'settings'>, ctx: Ctx): Promise<void> {
  const result: IvyResult = await runIvy({ ...run, settings: { path } }, ctx);
  if (result.isResolved) return;
  throw new ToolError('JARS_FAILED', `Cannot resolve the packages by the Ivy settings "${path}"`, {
    details: { lastLines: result.lastLines },
  });
}

function ownOptions({ trustStore, env }: FetchInput): readonly string[] {
  return [...trustStoreOptions(trustStore), ...proxyOptions(env)];
}
