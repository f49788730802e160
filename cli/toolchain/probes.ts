import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Ctx, withSignal } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { exists } from '../packages/exists.ts';
import { createHttp } from '../packages/http.ts';
import { indexHost, readIndexSettings } from '../packages/index-settings.ts';
import type { ToolchainDeps } from './deps.ts';

export interface IndexProbe {
  readonly host: string;
  /** `null`: it answers. */
  readonly problem: ToolError | null;
}

/** Whether the package index answers within `deadlineMs` (default 5 s), with the settings, proxies and authorities of a real fetch.
 *  @throws {ToolError} USAGE for a setting that is no URL; rejects with `signal.reason` on abort */
export async function probeIndex(
  deps: Pick<ToolchainDeps, 'index' | 'env' | 'home'>,
  ctx: Ctx,
  deadlineMs = DEFAULT_DEADLINE_MS,
): Promise<IndexProbe> {
  const settings = await readIndexSettings(deps.index, deps, ctx);
  const host = indexHost(settings);
  await using http = createHttp(settings, { silenceMs: deadlineMs });
  const bounded = withSignal(ctx, AbortSignal.any([ctx.signal, AbortSignal.timeout(deadlineMs)]));
  try {
    // A project's page: an index may have no page at its top, or one of many megabytes.
    const reply = await http.get(`${settings.indexUrl}/uv/`, {}, bounded);
    reply.body.on('error', () => {}).destroy();
    return { host, problem: null };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof ToolError) return { host, problem: error };
    const message = `Cannot reach the package index at "${host}": no answer in ${deadlineMs / 1_000} s`;
    return { host, problem: new ToolError('INDEX_UNREACHABLE', message, { cause: error, details: { host } }) };
  }
}

const DEFAULT_DEADLINE_MS = 5_000;

export interface CacheProbe {
  readonly folder: string;
  readonly isWritable: boolean;
  readonly freeBytes: number;
  /** What a first run needs there: Spark, Java, uv and a few packages. */
  readonly wantedBytes: number;
}

/** Looks at the cache folder without making it: a folder that does not exist is judged by the nearest one above that does. */
export async function probeCache({ cache }: Pick<ToolchainDeps, 'cache'>): Promise<CacheProbe> {
  const folder = await nearestExisting(cache);
  const mayWrite = access(folder, constants.W_OK | constants.X_OK);
  const isWritable = await mayWrite.then(
    () => true,
    () => false,
  );
  const { bavail, bsize } = await statfs(folder);
  return { folder: cache, isWritable, freeBytes: bavail * bsize, wantedBytes: WANTED_BYTES };
}

const WANTED_BYTES = 1_500 * 1_048_576;

async function nearestExisting(folder: string): Promise<string> {
  const parent = dirname(folder);
  return parent === folder || (await exists(folder)) ? folder : nearestExisting(parent);
}
