import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { withLock } from '../../packages/lock.ts';
import type { ImageIndex } from '../manifest.ts';
import { INDEX_FILE, readIndex, writeIndex } from './layout-index.ts';

export interface LayoutPlace {
  readonly folder: string;
  /** Of this process, for those who wait for it. */
  readonly pid: number;
}

/** Writes what comes of the index of a layout, which is there, under a lock: of two at once nothing is lost. What killed writers have left is removed.
 *  @throws {ToolError} LOCK_TIMEOUT, MANIFEST_INVALID */
export async function changeIndex(
  { folder, pid }: LayoutPlace,
  change: (index: ImageIndex) => ImageIndex,
  ctx: Ctx,
): Promise<void> {
  const path = join(folder, LOCK_FILE);
  const lock = {
    path,
    holder: `process ${pid}`,
    what: `write to "${folder}"`,
    step: 'push',
    deadlineMs: LOCK_MS,
  } as const;
  await withLock(
    lock,
    async () => {
      await writeIndex(folder, change(await readIndex(folder)));
      await removeOldParts(folder);
      await rm(path, { force: true });
    },
    ctx,
  );
}

const LOCK_FILE = `.${INDEX_FILE}`;
const LOCK_MS = 60_000;
/** Older ones belong to writers that were killed. */
const PART_LIFE_MS = 24 * 60 * 60_000;

async function removeOldParts(folder: string): Promise<void> {
  const parts = (await readdir(folder)).filter((name) => name.startsWith('.') && name.endsWith('.part'));
  for (const name of parts) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > PART_LIFE_MS) await rm(path, { force: true });
  }
}
