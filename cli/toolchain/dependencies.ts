import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DependencyInput } from '../../builder-images/builder.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import type { ResolveAt } from '../config/resolve-at.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import { exists } from '../packages/exists.ts';
import { type DependencyRecord, formatRecord, RECORD_FILE, readRecord } from './dependencies/record.ts';
import { dependencyKey } from './dependency-key.ts';
import type { PackageSource, ToolchainDeps } from './deps.ts';
import type { PythonInfo } from './python-probe.ts';

export interface DependenciesWanted {
  readonly input: DependencyInput;
  /** For paths in the requirements, and for uv.lock. */
  readonly appDir: string;
  readonly spark: string;
  readonly python: PythonInfo;
  /** As of when what is open is resolved. */
  readonly resolveAt: ResolveAt;
  /** Of the commit that runs, ISO 8601; `null` without one. */
  readonly commitTime: string | null;
  /** Options of uv that name another machine than this one (`--python-platform`, …), or narrow what is taken. Default none. */
  readonly target?: readonly string[];
  /** Forgets what was found before, and resolves as of now. */
  readonly upgrade: boolean;
  /** Whether what the application imports can be imported from an installed set.
   *  @throws {ToolError} MODULE_NOT_FOUND, IMPORT_FAILED */
  readonly checkImports: (site: string, ctx: Ctx) => Promise<readonly string[]>;
}

export interface PreparedDependencies {
  /** The folder for PYTHONPATH. */
  readonly site: string;
  readonly record: DependencyRecord;
}

/** The application's dependencies for this Python, as of their time: found and installed by uv once, and taken from the cache without a network
 *  from then on. pyspark and py4j are never among them: they are the ones of the Spark that runs.
 *  @throws {ToolError} DEPENDENCY_NOT_FOUND, DEPENDENCIES_FAILED, COMPILER_NOT_FOUND, PYTHON_UNSUPPORTED (a lock for another Python),
 *  what `checkImports` throws, and what fetching and the cache throw */
export async function prepareDependencies(
  wanted: DependenciesWanted,
  source: PackageSource,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<PreparedDependencies> {
  const tools: Tools = { source, deps };
  const path = join(deps.cache, 'resolved', await dependencyKey(wanted, await source.settings(ctx)));
  const known = wanted.upgrade ? undefined : await readRecord(path);
  if (known === undefined) return find(wanted, path, tools, ctx);
  const site = join(deps.cache, known.tree, 'site');
  if (!(await exists(site))) {
    // Somebody has cleaned up: the set is known, so nothing is resolved.
    const { installRecorded } = await import('./dependencies/find-set.ts');
    await installRecorded(known, wanted, tools, ctx);
  }
  tellDoubts(await wanted.checkImports(site, ctx), ctx);
  return { site, record: known };
}

/** The set is used all the same: nothing better was found, or the source has chosen it. */
function tellDoubts(doubts: readonly string[], ctx: Ctx): void {
  for (const message of doubts.slice(0, MOST_DOUBTS)) ctx.emit({ type: 'notice', level: 'warning', message });
}

const MOST_DOUBTS = 5;

export interface Tools {
  readonly source: PackageSource;
  readonly deps: ToolchainDeps;
}

async function find(wanted: DependenciesWanted, path: string, tools: Tools, ctx: Ctx): Promise<PreparedDependencies> {
  const { findSet } = await import('./dependencies/find-set.ts');
  const { deps } = tools;
  // What was there stays until what takes its place is complete.
  const isReplaced = await exists(path);
  const key = `resolved/${isReplaced ? `.${randomBytes(6).toString('hex')}` : path.slice(path.lastIndexOf('/') + 1)}`;
  const entry = {
    cache: deps.cache,
    key,
    what: 'the set of dependencies',
    step: 'dependencies',
    pid: deps.pid,
  } as const;
  const make = async (dir: string): Promise<void> => {
    const record = await findSet(wanted, dir, tools, ctx);
    await writeFile(join(dir, 'requirements.txt'), record.lock);
    await writeFile(join(dir, RECORD_FILE), formatRecord(record));
  };
  const made = await withCacheEntry(entry, make, ctx);
  if (isReplaced) await replace(made, path);
  const record = await readRecord(path);
  if (record === undefined) throw new Error(`no record in ${path}`);
  const site = join(deps.cache, record.tree, 'site');
  // Somebody else may have found the set, for another entry file.
  tellDoubts(await wanted.checkImports(site, ctx), ctx);
  return { site, record };
}

async function replace(made: string, path: string): Promise<void> {
  const old = `${made}.old`;
  await rename(path, old);
  await rename(made, path);
  await rm(old, { recursive: true, force: true });
}
