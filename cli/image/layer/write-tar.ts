import { closeSync, constants, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Ctx } from '../../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import type { FileEntry, LayerEntry } from '../layer-source.ts';
import type { BlockFiller } from './block-filler.ts';
import { paddingOf, renderTarHeader, TAR_BLOCK_BYTES } from './tar-header.ts';

/** Writes an archive of the entries, in their order.
 *  @throws {ToolError} FILE_UNREADABLE; SOURCE_CHANGED for a file that is shorter than when it was listed, or gone. Rejects with
 *  `signal.reason` on abort, between two blocks; no file stays open. */
export async function writeTar(entries: readonly LayerEntry[], filler: BlockFiller, ctx: Ctx): Promise<void> {
  for (const entry of entries) {
    ctx.signal.throwIfAborted();
    const header = renderTarHeader(entry);
    if (!putNow(header, filler)) await filler.put(header);
    if (entry.kind !== 'file' || entry.size === 0) continue;
    await putContent(entry, filler, ctx);
    await filler.putZeros(paddingOf(entry.size));
  }
  await filler.putZeros(END_BLOCKS * TAR_BLOCK_BYTES);
  await filler.finish();
}

const END_BLOCKS = 2;
/** Below it a file is read at once: opening, reading and closing takes 15 µs so, and five times that through promises; the loop is left alone for
 *  no longer than a block takes to fill. */
const SMALL_FILE_BYTES = 256 * 1024;
/** Not through a link that took the file's place, and not waiting for the other end of a pipe that did. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Without a promise, where there is room to spare. */
function putNow(bytes: Buffer, filler: BlockFiller): boolean {
  const space = filler.space();
  if (space.length <= bytes.length) return false;
  space.set(bytes);
  filler.advance(bytes.length);
  return true;
}

async function putContent(entry: FileEntry, filler: BlockFiller, ctx: Ctx): Promise<void> {
  const { content, size } = entry;
  if (content.kind === 'bytes') {
    if (content.bytes.length !== size) throw changed(entry);
    return filler.put(content.bytes);
  }
  if (content.kind === 'stream') return putStream(entry, content.open(), filler, ctx);
  try {
    if (size <= SMALL_FILE_BYTES) await putSmallFile(entry, content.path, filler);
    else await putLargeFile(entry, content.path, filler, ctx);
  } catch (error) {
    throw readError(error, entry);
  }
}

async function putSmallFile(entry: FileEntry, path: string | Buffer, filler: BlockFiller): Promise<void> {
  const file = openSync(path, READ_FLAGS);
  try {
    for (let left = entry.size; left > 0; ) {
      const read = readSync(file, filler.space(), 0, Math.min(left, filler.space().length), null);
      if (read === 0) throw changed(entry);
      left -= read;
      const wait = filler.advance(read);
      if (wait) await wait;
    }
  } finally {
    closeSync(file);
  }
}

async function putLargeFile(entry: FileEntry, path: string | Buffer, filler: BlockFiller, ctx: Ctx): Promise<void> {
  await using file = await open(path, READ_FLAGS);
  for (let left = entry.size; left > 0; ) {
    ctx.signal.throwIfAborted();
    const space = filler.space();
    const { bytesRead } = await file.read(space, 0, Math.min(left, space.length), null);
    if (bytesRead === 0) throw changed(entry);
    left -= bytesRead;
    await filler.advance(bytesRead);
  }
}

async function putStream(
  entry: FileEntry,
  stream: AsyncIterable<Buffer>,
  filler: BlockFiller,
  ctx: Ctx,
): Promise<void> {
  let left = entry.size;
  for await (const chunk of stream) {
    ctx.signal.throwIfAborted();
    left -= chunk.length;
    if (left < 0) throw changed(entry);
    await filler.put(chunk);
  }
  if (left > 0) throw changed(entry);
}

const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EAGAIN', 'EISDIR']);

function readError(error: unknown, entry: FileEntry): unknown {
  const code = systemCode(error);
  if (code === undefined || code === 'ABORT_ERR') return error;
  if (GONE.has(code)) return changed(entry, error);
  return new ToolError('FILE_UNREADABLE', `Cannot read "${entry.path}" for an image: ${code}`, {
    cause: error,
    details: { path: entry.path.toString(), errno: code },
  });
}

function changed(entry: FileEntry, cause?: unknown): ToolError {
  const path = entry.path.toString();
  return new ToolError('SOURCE_CHANGED', `Cannot put "${path}" into an image: it changed while it was read`, {
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
