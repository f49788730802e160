import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import type { StepName } from '../../runtime/core/events.ts';
import { exists } from './exists.ts';
import { writingTo } from './file-errors.ts';
import { withLock } from './lock.ts';
import { makeFolders } from './make-folders.ts';
import { syncTree } from './sync-tree.ts';

export interface CacheEntry {
  readonly cache: string;
  /** Path below the cache: `spark/4.2.1`. The same key always means the same content. */
  readonly key: string;
  /** For people: `Spark 4.2.1`. */
  readonly what: string;
  readonly step: StepName;
  /** Of this process, for those who wait. */
  readonly pid: number;
}

/** The folder of a cache entry, made by `make` when it is not there. It is complete if it has its name: it is made under another one, synced
 *  and renamed. One process makes it at a time; what killed makers left is removed by the next. Where it is there, nothing is written.
 *  @throws {ToolError} DISK_FULL, FOLDER_READ_ONLY, LOCK_TIMEOUT; what `make` throws passes on, and nothing is left. */
export async function withCacheEntry(
  entry: CacheEntry,
  make: (dir: string) => Promise<void>,
  ctx: Ctx,
): Promise<string> {
  const path = join(entry.cache, entry.key);
  if (await exists(path)) return path;
  ctx.signal.throwIfAborted();
  await writingTo(entry.cache, `prepare ${entry.what}`, async () => {
    makeFolders(dirname(path));
    const lock = {
      path: join(entry.cache, 'locks', entry.key.replaceAll('/', '-')),
      holder: `process ${entry.pid}`,
      what: `prepare ${entry.what}`,
      step: entry.step,
    };
    await withLock(
      lock,
      async () => {
        if (!(await exists(path))) await makeEntry(path, make, ctx);
      },
      ctx,
    );
  });
  return path;
}

const SUFFIX = '.part';

async function makeEntry(path: string, make: (dir: string) => Promise<void>, ctx: Ctx): Promise<void> {
  const prefix = `.${basename(path)}.`;
  await sweep(dirname(path), prefix);
  const temporary = join(dirname(path), `${prefix}${randomBytes(6).toString('hex')}${SUFFIX}`);
  await mkdir(temporary);
  try {
    await make(temporary);
    await syncTree(temporary);
    ctx.signal.throwIfAborted();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Somebody who took over the lock of a stopped process may have been faster.
    if (!(await exists(path))) throw error;
  }
}

async function sweep(folder: string, prefix: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name.endsWith(SUFFIX));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
