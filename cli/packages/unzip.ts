import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Entry } from 'yauzl';
import type { Ctx } from '../../runtime/core/context.ts';

/** Where a file of an archive goes, relative to the target; `null` leaves it out. */
export type Placement = (name: string) => { readonly path: string; readonly isExecutable: boolean } | null;

/** Unpacks the regular files of a zip archive that `place` wants. Names that leave the target are refused by the reader; links are left out. */
export async function unzip(archive: string, target: string, place: Placement, ctx: Ctx): Promise<void> {
  const { openPromise } = await import('./zip-reader.ts');
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      ctx.signal.throwIfAborted();
      const placed = isFile(entry) ? place(entry.fileName) : null;
      if (placed === null) continue;
      const path = join(target, placed.path);
      await mkdir(dirname(path), { recursive: true });
      const content = await zip.openReadStreamPromise(entry);
      await pipeline(content, createWriteStream(path, { mode: placed.isExecutable ? 0o755 : 0o644 }), {
        signal: ctx.signal,
      });
    }
  } finally {
    zip.close();
  }
}

const FILE_TYPE_MASK = 0o170000;
const REGULAR = 0o100000;

/** The upper half of the attributes is the mode of a Unix file; nothing there means a plain file. */
function isFile(entry: Entry): boolean {
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE_MASK;
  return !entry.fileName.endsWith('/') && (type === 0 || type === REGULAR);
}
