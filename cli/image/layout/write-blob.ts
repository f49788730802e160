import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { makeFolders } from '../../../runtime/platform/make-folders.ts';
import { exists } from '../../packages/exists.ts';
import type { BlobSource } from '../image-store.ts';
import { verifiedStream } from '../verified-stream.ts';

export const LAYOUT_FILE = 'oci-layout';

/** Where a layout keeps a blob. The digest was checked when it was read: it leads nowhere else. */
export function blobPath(folder: string, digest: string): string {
  return join(folder, BLOBS, digest.replace(':', '/'));
}

/** Makes a folder a layout, if it is new or empty.
 *  @throws {ToolError} TARGET_EXISTS, FOLDER_READ_ONLY */
export async function makeLayout(folder: string): Promise<void> {
  if (await exists(join(folder, LAYOUT_FILE))) return;
  if (await isFile(folder)) throw new ToolError('TARGET_EXISTS', `Cannot write an image to "${folder}": it is a file`);
  makeFolders(folder);
  const others = (await readdir(folder)).filter((name) => !OWN_NAMES.includes(name) && !name.startsWith('.'));
  if (others.length > 0) {
    throw new ToolError(
      'TARGET_EXISTS',
      `Cannot write an image to "${folder}": it has other files and is no OCI layout`,
    );
  }
  await mkdir(join(folder, BLOBS, 'sha256'), { recursive: true });
  // By rename: somebody else may be reading it.
  const temporary = join(folder, `.${LAYOUT_FILE}.${randomBytes(6).toString('hex')}.part`);
  await writeFile(temporary, '{"imageLayoutVersion":"1.0.0"}');
  await rename(temporary, join(folder, LAYOUT_FILE));
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => !stats.isDirectory(),
    () => false,
  );
}

/** Puts the bytes of a blob under its digest, once they are known to be right; else nothing is left. Two who write the same do no harm. */
export async function writeBlob(folder: string, { descriptor, open: openSource }: BlobSource, ctx: Ctx): Promise<void> {
  const temporary = join(folder, `.${randomBytes(8).toString('hex')}.part`);
  try {
    const source = await openSource(ctx);
    await using file = await open(temporary, 'wx');
    for await (const chunk of verifiedStream(source, descriptor, folder)) {
      ctx.signal.throwIfAborted();
      await file.appendFile(chunk);
    }
    await rename(temporary, blobPath(folder, descriptor.digest));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

const BLOBS = 'blobs';
const OWN_NAMES = [BLOBS, 'index.json', LAYOUT_FILE];
