import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import type { PackageSource, Packages, ToolchainDeps } from './deps.ts';
import { fetchWheel } from './fetch-wheel.ts';
import { UV_VERSION } from './versions.ts';

/** The path of hibana's own uv, fetched when it is not in the cache.
 *  @throws {ToolError} what fetching and the cache throw */
export async function prepareUv(source: PackageSource, deps: ToolchainDeps, ctx: Ctx): Promise<string> {
  const key = `uv/${UV_VERSION}-${deps.platform}-${deps.arch}`;
  const entry = { cache: deps.cache, key, what: `uv ${UV_VERSION}`, step: 'dependencies', pid: deps.pid } as const;
  const make = async (dir: string) => fetchUv(dir, await source.open(ctx), ctx);
  return join(await withCacheEntry(entry, make, ctx), 'uv');
}

/** Puts the program, for the machine of `packages`, into `dir` as `uv`.
 *  @throws {ToolError} what fetching throws */
export async function fetchUv(dir: string, packages: Packages, ctx: Ctx): Promise<void> {
  const place = (name: string) => (name.endsWith('/scripts/uv') ? { path: 'uv', isExecutable: true } : null);
  await fetchWheel({ name: 'uv', version: UV_VERSION, dir, place, step: 'dependencies' }, packages, ctx);
}
