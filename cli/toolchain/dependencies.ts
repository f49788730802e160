import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DependencyInput } from '../../builder-images/builder.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import type { DependencyFailure } from './dependency-failure.ts';
import { dependencyKey } from './dependency-key.ts';
import type { PackageSource, ToolchainDeps } from './deps.ts';
import type { PythonInfo } from './python-probe.ts';
import { runUv, type UvRun } from './run-uv.ts';
import { prepareUv } from './uv.ts';
import { uvEnvironment } from './uv-environment.ts';

export interface DependenciesWanted {
  readonly input: DependencyInput;
  /** For paths in the requirements, and for uv.lock. */
  readonly appDir: string;
  readonly spark: string;
  readonly python: PythonInfo;
}

/** The folder with the application's dependencies for this Python, installed by uv when it is not in the cache. pyspark and py4j are never in it:
 *  they are the ones of the Spark that runs.
 *  @throws {ToolError} DEPENDENCY_NOT_FOUND, DEPENDENCIES_FAILED (uv's last lines in `details.lastLines`), and what fetching and the cache throw */
export async function prepareDependencies(
  wanted: DependenciesWanted,
  source: PackageSource,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<string> {
  const settings = await source.settings(ctx);
  const key = await dependencyKey(wanted, settings);
  const entry = {
    cache: deps.cache,
    key: `deps/${key}`,
    what: 'the dependencies',
    step: 'dependencies',
    pid: deps.pid,
  } as const;
  const path = await withCacheEntry(entry, (dir) => install(wanted, dir, { source, deps }, ctx), ctx);
  return join(path, 'site');
}

interface Tools {
  readonly source: PackageSource;
  readonly deps: ToolchainDeps;
}

async function install(wanted: DependenciesWanted, dir: string, { source, deps }: Tools, ctx: Ctx): Promise<void> {
  const uv = await prepareUv(source, deps, ctx);
  const scratch = join(dir, 'scratch');
  await mkdir(scratch);
  const env = await uvEnvironment(await source.settings(ctx), { deps, folder: scratch });
  const run: UvRun = { uv, env, appDir: wanted.appDir, python: wanted.python.path };
  const requirements = await requirementsOf(wanted.input, run, ctx);
  const files = await writeInput(wanted, requirements, dir, ctx);
  const site = join(dir, 'site');
  const hashes = wanted.input.kind === 'requirements' && wanted.input.requireHashes ? ['--require-hashes'] : [];
  const result = await runUv(run, ['pip', 'install', '--target', site, ...PIP_OPTIONS, ...hashes, ...files], ctx);
  if (result.status !== 0) throw await failureOf({ requirements, result, source, deps }, ctx);
  await mkdir(site, { recursive: true });
  const unwanted = [scratch, ...['pyspark', 'py4j', '.lock'].map((name) => join(site, name))];
  await Promise.all(unwanted.map((path) => rm(path, { recursive: true, force: true })));
}

/** `--no-editable`: what makes an editable package work is not read from a folder on PYTHONPATH. */
const PIP_OPTIONS = ['--link-mode', 'hardlink', '--no-editable', '--no-python-downloads'];
const EXPORT_OPTIONS = ['--frozen', '--no-dev', '--no-emit-project', '--no-header', '--no-annotate', '--no-editable'];

async function requirementsOf(input: DependencyInput, run: UvRun, ctx: Ctx): Promise<string> {
  if (input.kind === 'requirements') return input.requirements;
  const result = await runUv(run, ['export', '--format', 'requirements-txt', '--quiet', ...EXPORT_OPTIONS], ctx);
  if (result.status !== 0) throw await failureOf({ requirements: '', result, source: null, deps: null }, ctx);
  return result.stdout;
}

async function failureOf(failure: DependencyFailure, ctx: Ctx): Promise<unknown> {
  const { explainFailure } = await import('./dependency-failure.ts');
  return explainFailure(failure, ctx);
}

/** Writes what uv reads, and keeps it with the entry: it says where the entry came from. */
async function writeInput(
  { input, spark }: DependenciesWanted,
  requirements: string,
  dir: string,
  ctx: Ctx,
): Promise<readonly string[]> {
  const isFree = input.kind === 'requirements' && !input.requireHashes;
  const { sparkMinima } = await import('./spark-minima.ts');
  const minima = isFree ? sparkMinima(requirements, sparkSeriesOf(spark)) : { constraints: [], notices: [] };
  for (const message of minima.notices) ctx.emit({ type: 'notice', level: 'warning', message });
  const [list, limits, excluded] = ['requirements.txt', 'constraints.txt', 'excluded.txt'].map((name) =>
    join(dir, name),
  );
  const constraints = [...(input.kind === 'requirements' ? [input.constraints] : []), ...minima.constraints];
  await Promise.all([
    writeFile(list ?? '', requirements),
    writeFile(limits ?? '', `${constraints.join('\n')}\n`),
    writeFile(excluded ?? '', 'pyspark\npy4j\n'),
  ]);
  return ['-r', list ?? '', '-c', limits ?? '', '--excludes', excluded ?? ''];
}
