import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import type { StepName } from '../../runtime/core/events.ts';
import { writingTo } from '../../runtime/platform/file-errors.ts';
import { makeFolders } from '../../runtime/platform/make-folders.ts';
import { exists } from './exists.ts';
import { withLock } from './lock.ts';
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
 *  and renamed. One process makes it at a time; what killed makers left is removed by the next. Where it is there, nothing is written. A
 *  maker that was stopped for long, whose work somebody else took for a dead one's and removed, starts over behind that one.
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
    let isMade = false;
    for (let attempt = 1; !isMade; attempt += 1) {
      const isLast = attempt === MAXIMUM_ATTEMPTS;
      isMade = await withLock(lock, async () => (await exists(path)) || makeEntry({ path, make, isLast }, ctx), ctx);
    }
  });
  return path;
}

const SUFFIX = '.part';
const MAXIMUM_ATTEMPTS = 3;

interface Making {
  readonly path: string;
  readonly make: (dir: string) => Promise<void>;
  readonly isLast: boolean;
}

/** Whether it is there now. Not when somebody who took over the lock of a stopped process has removed what that one had made so far. */
async function makeEntry({ path, make, isLast }: Making, ctx: Ctx): Promise<boolean> {
  const prefix = `.${basename(path)}.`;
  await sweep(dirname(path), prefix);
  const temporary = join(dirname(path), `${prefix}${randomBytes(6).toString('hex')}${SUFFIX}`);
  await mkdir(temporary);
  try {
    await make(temporary);
    await syncTree(temporary);
    ctx.signal.throwIfAborted();
    await rename(temporary, path);
    return true;
  } catch (error) {
    const isRemoved = !(await exists(temporary));
    await rm(temporary, { recursive: true, force: true });
    // Who took over may have been faster, too.
    if (await exists(path)) return true;
    ctx.signal.throwIfAborted();
    if (isLast || !isRemoved) throw error;
    return false;
  }
}

async function sweep(folder: string, prefix: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name.endsWith(SUFFIX));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
