import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Ctx } from '../../../runtime/core/context.ts';
import { writingTo } from '../../../runtime/platform/file-errors.ts';
import { type ByteProgress, createByteProgress } from '../../packages/progress.ts';
import type { Descriptor } from '../descriptor.ts';
import type { Layer, LayerEntry, LayerSource } from '../layer-source.ts';
import { BlockFiller, BlockPool } from './block-filler.ts';
import { GzipBlocks } from './gzip-blocks.ts';
import { orderEntries } from './order-entries.ts';
import { writeTar } from './write-tar.ts';

export interface LayerOptions {
  /** A folder for compressed layers; whoever made it deletes it. */
  readonly scratch: string;
  /** The layer that has this content already, wherever the image goes: then nothing is compressed. Without it nothing is asked. */
  readonly known?: (diffId: string) => Descriptor | undefined;
}

/** A layer that was made, or found. */
export interface WrittenLayer {
  readonly layer: Layer;
  /** The bytes of the archive: what was read and hashed. */
  readonly tarBytes: number;
  readonly made:
    | { readonly kind: 'compressed'; readonly path: string }
    | { readonly kind: 'known'; readonly descriptor: Descriptor };
}

/** Makes the layer of a source: the same bytes for the same content, whenever, wherever and by whomever. Where `known` may have it, the
 *  archive is hashed first, kept if it is small, and read again if it is not: hashing takes a tenth of what compressing does. Memory: a few
 *  megabytes, and the list of entries.
 *  @throws {ToolError} LAYER_INVALID, FILE_UNREADABLE, SOURCE_CHANGED, DISK_FULL, FOLDER_READ_ONLY. Rejects with `signal.reason` on abort;
 *  then, as after any error, no file is left. */
export async function writeLayer(source: LayerSource, options: LayerOptions, ctx: Ctx): Promise<WrittenLayer> {
  ctx.signal.throwIfAborted();
  const listed: LayerEntry[] = [];
  for await (const entry of source.entries(ctx)) listed.push(entry);
  const entries = orderEntries(listed, source.parents);
  const making: Making = { source, entries, options, pool: new BlockPool() };
  if (options.known === undefined) return compressed(making, (take) => readBlocks(making, take, ctx), ctx);
  const hashed = await hash(making, ctx);
  const descriptor = options.known(hashed.diffId);
  if (descriptor !== undefined) {
    const { digest, size } = descriptor;
    const layer = layerOf(source, hashed.diffId, { digest, size });
    return { layer, tarBytes: hashed.tarBytes, made: { kind: 'known', descriptor } };
  }
  const { blocks } = hashed;
  return compressed(making, (take) => (blocks ? replay(blocks, take) : readBlocks(making, take, ctx)), ctx);
}

/** The bytes of a layer that was compressed. */
export function openLayer(path: string): ReturnType<typeof createReadStream> {
  return createReadStream(path);
}

interface Making {
  readonly source: LayerSource;
  readonly entries: readonly LayerEntry[];
  readonly options: LayerOptions;
  readonly pool: BlockPool;
}

interface Block {
  readonly block: Buffer;
  readonly bytes: number;
}

type Take = (block: Block) => Promise<void>;

/** Kept between hashing and compressing, so that the application's own layer is read once. */
const KEPT_BLOCKS = 16;

async function readBlocks({ entries, pool }: Making, take: Take, ctx: Ctx): Promise<void> {
  await writeTar(entries, new BlockFiller(pool, (block, bytes) => take({ block, bytes })), ctx);
}

async function replay(blocks: readonly Block[], take: Take): Promise<void> {
  for (const block of blocks) await take(block);
}

interface Hashed {
  readonly diffId: string;
  readonly tarBytes: number;
  /** `null` when there were too many to keep. */
  readonly blocks: readonly Block[] | null;
}

async function hash(making: Making, ctx: Ctx): Promise<Hashed> {
  const diff = createHash('sha256');
  const progress = progressOf('hashes', making, ctx);
  let blocks: Block[] | null = [];
  let tarBytes = 0;
  const take = async ({ block, bytes }: Block) => {
    diff.update(block.subarray(0, bytes));
    tarBytes += bytes;
    progress.report(tarBytes);
    if (blocks !== null && blocks.length < KEPT_BLOCKS) blocks.push({ block, bytes });
    else {
      for (const kept of blocks ?? []) making.pool.give(kept.block);
      blocks = null;
      making.pool.give(block);
    }
    // Nothing else here leaves the loop to others: signals, uploads.
    await nextTurn();
    ctx.signal.throwIfAborted();
  };
  await readBlocks(making, take, ctx);
  return { diffId: `sha256:${diff.digest('hex')}`, tarBytes, blocks };
}

async function compressed(making: Making, feed: (take: Take) => Promise<void>, ctx: Ctx): Promise<WrittenLayer> {
  const { scratch } = making.options;
  const path = join(scratch, `${randomBytes(8).toString('hex')}.layer`);
  try {
    return await writingTo(scratch, 'make a layer', () => compressInto(path, making, feed, ctx));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function compressInto(
  path: string,
  making: Making,
  feed: (take: Take) => Promise<void>,
  ctx: Ctx,
): Promise<WrittenLayer> {
  await using file = await open(path, 'wx', 0o600);
  const diff = createHash('sha256');
  const gzip = new GzipBlocks(making.pool, (part) => file.appendFile(part));
  const progress = progressOf('compresses', making, ctx);
  let tarBytes = 0;
  await feed(async ({ block, bytes }) => {
    ctx.signal.throwIfAborted();
    diff.update(block.subarray(0, bytes));
    tarBytes += bytes;
    await gzip.add(block, bytes);
    progress.report(tarBytes);
  });
  const layer = layerOf(making.source, `sha256:${diff.digest('hex')}`, await gzip.finish());
  ctx.signal.throwIfAborted();
  return { layer, tarBytes, made: { kind: 'compressed', path } };
}

function progressOf(verb: string, { source, entries }: Making, ctx: Ctx): ByteProgress {
  const progress = createByteProgress(`${verb} the layer ${source.kind}`, 'layers', ctx);
  progress.setTotal(entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0));
  return progress;
}

function layerOf(
  { kind, key }: LayerSource,
  diffId: string,
  { digest, size }: { digest: string; size: number },
): Layer {
  return { kind, key, diffId, digest, bytes: size };
}
