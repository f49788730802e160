import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { trustStoreOptions } from '../../runtime/core/java-options.ts';
import { createHttp } from '../packages/http.ts';
import type { Environment } from '../packages/machine.ts';
import { readProxies } from '../packages/proxies.ts';
import type { PackageSource, ToolchainDeps } from '../toolchain/deps.ts';
import { explainIvyFailure, KEPT_LINES } from './ivy-failure.ts';
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
  /** Where Ivy's own report is kept when the packages cannot be had. */
  readonly report: string;
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
  { wanted, scratch, report }: FetchInput,
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
  if (result.isResolved) return tell(result, ctx);
  const failure = await explainIvyFailure({ wanted, reader, set, result });
  if (!(failure instanceof ToolError) || failure.code === 'JARS_FAILED') tell(result, ctx);
  await keepReport(result, report, ctx);
  throw failure;
}

function tell({ lines }: IvyResult, ctx: Ctx): void {
  for (const line of lines) ctx.emit({ type: 'log', step: 'packages', line });
}

/** What we can say in a line needs no page of Ivy's on the screen. A full disk is no reason to say something else. */
async function keepReport({ lines }: IvyResult, report: string, ctx: Ctx): Promise<void> {
  const isKept = await writeFile(report, `${lines.join('\n')}\n`).then(
    () => true,
    () => false,
  );
  if (isKept) ctx.emit({ type: 'notice', level: 'info', message: `What Ivy says of it is in ${report}` });
}

/** The user's own settings say everything; what is not in them, proxies and authorities, comes by options. */
async function resolveByIvySettings(path: string, run: Omit<IvyRun, 'settings'>, ctx: Ctx): Promise<void> {
  const result = await runIvy({ ...run, settings: { path } }, ctx);
  tell(result, ctx);
  if (result.isResolved) return;
  throw new ToolError('JARS_FAILED', `Cannot resolve the packages by the Ivy settings "${path}"`, {
    details: { lastLines: result.lines.slice(-KEPT_LINES) },
  });
}

function ownOptions({ trustStore, env }: FetchInput): readonly string[] {
  return [...trustStoreOptions(trustStore), ...proxyOptions(env)];
}
