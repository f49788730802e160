import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { withCacheEntry } from '../../packages/cache-entry.ts';
import type { ChildResult } from '../child.ts';
import type { ToolchainDeps } from '../deps.ts';
import type { PythonInfo } from '../python-probe.ts';
import { runUv, type UvRun } from '../run-uv.ts';
import { UV_VERSION } from '../versions.ts';

/** Thrown inside of the cache entry, so that nothing of a failed installation is left. */
export class InstallFailed extends Error {
  readonly result: ChildResult;

  constructor(result: ChildResult) {
    super('uv could not install');
    this.name = 'InstallFailed';
    this.result = result;
  }
}

export interface TreeWanted {
  /** A requirements file that names every package. */
  readonly lock: string;
  readonly python: PythonInfo;
  /** What else decides the result: the options of uv, the source tree's state. */
  readonly options: readonly string[];
  readonly state: unknown;
}

/** What an installed tree is known by, and where it is below the cache: `deps/<hash>`. */
export function treeKey({ lock, python, options, state }: TreeWanted): string {
  const { implementation, minor, platform, libc } = python;
  const facts = { format: FORMAT, uv: UV_VERSION, lock, options, state, implementation, minor, platform, libc };
  return `deps/${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, KEY_LENGTH)}`;
}

/** Changes when what is kept in an entry does. */
const FORMAT = 2;
const KEY_LENGTH = 40;

/** The folder with these packages, installed by uv when it is not in the cache; the lock is kept beside it. pyspark and py4j are never in it.
 *  @throws {InstallFailed} with what uv said; {ToolError} what the cache throws */
export async function installTree(
  wanted: TreeWanted,
  key: string,
  { openUv, deps }: { readonly openUv: (folder: string) => Promise<UvRun>; readonly deps: ToolchainDeps },
  ctx: Ctx,
): Promise<string> {
  const entry = { cache: deps.cache, key, what: 'the dependencies', step: 'dependencies', pid: deps.pid } as const;
  const make = async (dir: string): Promise<void> => {
    const [scratch, site, list] = ['scratch', 'site', 'requirements.txt'].map((name) => join(dir, name));
    await mkdir(scratch ?? '');
    await writeFile(list ?? '', wanted.lock);
    const excluded = join(scratch ?? '', 'excluded.txt');
    await writeFile(excluded, 'pyspark\npy4j\n');
    const run = await openUv(scratch ?? '');
    const target = ['pip', 'install', '--target', site ?? '', ...PIP_OPTIONS, '--excludes', excluded];
    const result = await runUv(run, [...target, ...wanted.options, '-r', list ?? ''], ctx);
    if (result.status !== 0) throw new InstallFailed(result);
    await mkdir(site ?? '', { recursive: true });
    const unwanted = [scratch ?? '', ...['pyspark', 'py4j', '.lock'].map((name) => join(site ?? '', name))];
    await Promise.all(unwanted.map((path) => rm(path, { recursive: true, force: true })));
  };
  return join(await withCacheEntry(entry, make, ctx), 'site');
}

/** `--no-editable`: what makes an editable package work is not read from a folder on PYTHONPATH. */
const PIP_OPTIONS = ['--link-mode', 'hardlink', '--no-editable', '--no-python-downloads'];
