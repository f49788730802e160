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
    if (entry.kind !== 'file' || entry.size === 0 || putSmallNow(entry, filler)) continue;
    await putContent(entry, filler, ctx);
    await filler.putZeros(paddingOf(entry.size));
  }
  await filler.putZeros(END_BLOCKS * TAR_BLOCK_BYTES);
  await filler.finish();
}

/** How long the archive is that `writeTar` makes of these. */
export function tarBytes(entries: readonly LayerEntry[]): number {
  return entries.reduce((bytes, entry) => {
    const size = entry.kind === 'file' ? entry.size : 0;
    return bytes + renderTarHeader(entry).length + size + paddingOf(size);
  }, END_BLOCKS * TAR_BLOCK_BYTES);
}

const END_BLOCKS = 2;
/** Up to it a file is read at once: opening, reading and closing takes 15 µs so, and five times that through promises; the loop is left alone for
 *  no longer than a block takes to fill. */
const SMALL_FILE_BYTES = 256 * 1024;
/** Not through a link that took the file's place, and not waiting for the other end of a pipe that did. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Without a promise, where there is room to spare. */
function putNow(bytes: Buffer, filler: BlockFiller): boolean {
  if (filler.left <= bytes.length) return false;
  filler.block.set(bytes, filler.used);
  filler.advance(bytes.length);
  return true;
}

/** Without a promise: a file with its padding, where there is room to spare. */
function putSmallNow(entry: FileEntry, filler: BlockFiller): boolean {
  const { content, size } = entry;
  const padding = paddingOf(size);
  if (content.kind !== 'path' || size > SMALL_FILE_BYTES || filler.left <= size + padding) return false;
  try {
    readWhole(entry, content.path, filler.block, filler.used);
  } catch (error) {
    throw readError(error, entry);
  }
  filler.block.fill(0, filler.used + size, filler.used + size + padding);
  filler.advance(size + padding);
  return true;
}

function readWhole(entry: FileEntry, path: string | Buffer, block: Buffer, at: number): void {
  const file = openSync(path, READ_FLAGS);
  try {
    for (let read = 0; read < entry.size; ) {
      const count = readSync(file, block, at + read, entry.size - read, null);
      if (count === 0) throw changed(entry);
      read += count;
    }
  } finally {
    closeSync(file);
  }
}

async function putContent(entry: FileEntry, filler: BlockFiller, ctx: Ctx): Promise<void> {
  const { content, size } = entry;
  if (content.kind === 'stream') return putStream(entry, content.open(), filler, ctx);
  if (content.kind === 'path') return putFile(entry, content.path, filler, ctx);
  if (content.bytes.length !== size) throw changed(entry);
  return filler.put(content.bytes);
}

async function putFile(entry: FileEntry, path: string | Buffer, filler: BlockFiller, ctx: Ctx): Promise<void> {
  // Only what reading says is told of the file: a block that is handed over may meet a full disk.
  const failed = (error: unknown) => Promise.reject(readError(error, entry));
  await using file = await open(path, READ_FLAGS).catch(failed);
  for (let left = entry.size; left > 0; ) {
    ctx.signal.throwIfAborted();
    const reading = file.read(filler.block, filler.used, Math.min(left, filler.left), null);
    const { bytesRead } = await reading.catch(failed);
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
