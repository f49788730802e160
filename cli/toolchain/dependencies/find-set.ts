import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import type { DependenciesWanted, Tools } from '../dependencies.ts';
import { explainFailure } from '../dependency-failure.ts';
import { treeState } from '../dependency-key.ts';
import type { PythonInfo } from '../python-probe.ts';
import { hasLocalRequirements } from '../requirement.ts';
import { runUv, type UvRun } from '../run-uv.ts';
import { prepareUv } from '../uv.ts';
import { uvEnvironment } from '../uv-environment.ts';
import { explainInstall } from './explain-install.ts';
import { findOpenSet } from './find-open-set.ts';
import { installTree, treeKey } from './install-set.ts';
import { checkLockPython } from './lock-python.ts';
import type { DependencyRecord } from './record.ts';

/** Finds the set for the application and has it installed: what the source has locked as it is, what it leaves open as of its time.
 *  `folder` is for files on the way.
 *  @throws {ToolError} as prepareDependencies */
export async function findSet(
  wanted: DependenciesWanted,
  folder: string,
  tools: Tools,
  ctx: Ctx,
): Promise<DependencyRecord> {
  const { input, appDir, python } = wanted;
  await checkLockPython(wanted);
  const run = await openUv({ appDir, python, folder: join(folder, 'scratch') }, tools, ctx);
  if (input.kind === 'requirements' && !input.requireHashes) {
    return findOpenSet({ ...wanted, input }, { folder, run, tools }, ctx);
  }
  return lockedSet(wanted, { run, tools }, ctx);
}

/** uv as a job for one application. `folder` is made. */
export async function openUv(
  { appDir, python, folder }: { readonly appDir: string; readonly python: PythonInfo; readonly folder: string },
  { source, deps }: Tools,
  ctx: Ctx,
): Promise<UvRun> {
  const uv = await prepareUv(source, deps, ctx);
  await mkdir(folder, { recursive: true });
  const env = await uvEnvironment(await source.settings(ctx), { deps, folder });
  return { uv, env, appDir, python: python.path };
}

async function lockedSet(
  wanted: DependenciesWanted,
  { run, tools }: { readonly run: UvRun; readonly tools: Tools },
  ctx: Ctx,
): Promise<DependencyRecord> {
  const { input, appDir, python, target = [] } = wanted;
  const lock = input.kind === 'requirements' ? input.requirements : await exportLock(run, ctx);
  const options = [...(input.kind === 'requirements' ? ['--require-hashes'] : []), ...target];
  const state = hasLocalRequirements(lock) ? await treeState(appDir) : null;
  const tree = { lock, python, options, state };
  const key = treeKey(tree);
  const openTree = (folder: string): Promise<UvRun> => openUv({ appDir, python, folder }, tools, ctx);
  const site = await installTree(tree, key, { openUv: openTree, deps: tools.deps }, ctx).catch(
    async (error: unknown) => {
      throw await explainInstall(error, { lock, options, appDir, python }, tools, ctx);
    },
  );
  await wanted.checkImports(site, ctx);
  const from = input.files.find((file) => file.includes('lock')) ?? input.files[0] ?? '';
  return {
    schema: 'hibana.dependencies/v1',
    asOf: null,
    isNow: false,
    when: `locked in ${from}`,
    why: null,
    tried: [],
    lock,
    options,
    tree: key,
  };
}

/** Installs again what a record says.
 *  @throws {ToolError} as prepareDependencies */
export async function installRecorded(
  { lock, options, tree: key }: DependencyRecord,
  { appDir, python }: DependenciesWanted,
  tools: Tools,
  ctx: Ctx,
): Promise<void> {
  const openTree = (folder: string): Promise<UvRun> => openUv({ appDir, python, folder }, tools, ctx);
  const wanted = { lock, python, options, state: null };
  await installTree(wanted, key, { openUv: openTree, deps: tools.deps }, ctx).catch(async (error: unknown) => {
    throw await explainInstall(error, { lock, options, appDir, python }, tools, ctx);
  });
}

const EXPORT_OPTIONS = ['--frozen', '--no-dev', '--no-emit-project', '--no-header', '--no-annotate', '--no-editable'];

async function exportLock(run: UvRun, ctx: Ctx): Promise<string> {
  const result = await runUv(run, ['export', '--format', 'requirements-txt', '--quiet', ...EXPORT_OPTIONS], ctx);
  if (result.status === 0) return result.stdout;
  throw await explainFailure({ requirements: '', result, source: null, deps: null }, ctx);
}
