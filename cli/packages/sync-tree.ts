import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const PARALLEL = 16;

/** Brings every file and folder of a tree to the disk, so that a rename after it cannot show a tree with empty files after a power cut. */
export async function syncTree(dir: string): Promise<void> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const queue = [...paths, dir].values();
  await Promise.all(Array.from({ length: PARALLEL }, () => syncAll(queue)));
}

async function syncAll(queue: IterableIterator<string>): Promise<void> {
  for (const path of queue) {
    await using file = await open(path, 'r');
    await file.sync();
  }
}
