import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { ReadEntry } from 'tar';
import type { Ctx } from '../../runtime/core/context.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { Attributes } from '../image/layer-source.ts';
import { unpacking } from '../packages/archive-errors.ts';

/** What stands at a path of an image. */
export interface ImageFile extends Attributes {
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly size: number;
  /** Of a link, also of a hard one. */
  readonly target: string | null;
  /** Of a file whose content was asked for. */
  readonly content: Buffer | null;
}

export type ImageFiles = ReadonlyMap<string, ImageFile>;

export interface ImageSearch {
  readonly store: Pick<ImageStore, 'blob'>;
  /** The lowest first. */
  readonly layers: readonly Descriptor[];
  /** Asked for each path, which has no slash at either end. */
  readonly wants: (path: string) => 'content' | 'entry' | null;
  /** Whether nothing more is needed: what was not read by then is not read. Default never. */
  readonly isDone?: (found: ImageFiles) => boolean;
}

/** Reads the layers of an image as streams, the topmost first, and keeps what is wanted of them. What an upper layer deletes or covers is not
 *  there. Nothing is stored; memory is what was wanted.
 *  @throws {ToolError} HASH_MISMATCH for a layer that cannot be unpacked; what the store throws passes on */
export async function findInImage(search: ImageSearch, ctx: Ctx): Promise<ImageFiles> {
  const { wants, isDone = () => false } = search;
  const found = new Map<string, ImageFile>();
  const above = new Cover();
  for (const layer of search.layers.toReversed()) {
    if (isDone(found)) break;
    const cover = new Cover();
    const take = async (entry: ReadEntry, path: string) => {
      cover.add(path, entry.type === 'Directory');
      const wanted = above.hides(path) || found.has(path) ? null : wants(path);
      if (wanted === null) entry.resume();
      else found.set(path, await readFile(entry, wanted));
      return isDone(found);
    };
    await readLayer(layer, search.store, take, ctx);
    above.absorb(cover);
  }
  return found;
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** Of one file: whoever asks for more asks for the wrong file. */
const MAXIMUM_CONTENT_BYTES = 16 * 2 ** 20;

/** What a layer takes away from those below it. Source: OCI image-spec, layer.md. */
class Cover {
  readonly #gone = new Set<string>();
  readonly #emptied = new Set<string>();

  add(path: string, isDirectory: boolean): void {
    const slash = path.lastIndexOf('/') + 1;
    const [folder, name] = [path.slice(0, Math.max(0, slash - 1)), path.slice(slash)];
    if (name === OPAQUE) this.#emptied.add(folder);
    else if (name.startsWith(WHITEOUT)) this.#gone.add(path.slice(0, slash) + name.slice(WHITEOUT.length));
    else if (!isDirectory) this.#gone.add(path);
  }

  absorb(other: Cover): void {
    for (const path of other.#gone) this.#gone.add(path);
    for (const path of other.#emptied) this.#emptied.add(path);
  }

  hides(path: string): boolean {
    if (this.#gone.has(path)) return true;
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (this.#gone.has(folder) || this.#emptied.has(folder)) return true;
    }
    return false;
  }
}

/** `take` answers whether that was enough. */
async function readLayer(
  layer: Descriptor,
  store: ImageSearch['store'],
  take: (entry: ReadEntry, path: string) => Promise<boolean>,
  ctx: Ctx,
): Promise<void> {
  const enough = new AbortController();
  const taken: Promise<unknown>[] = [];
  const { Parser } = await import('tar');
  // Not strict: a layer without a file is all zeros. What is damaged is found by the digest.
  const parser = new Parser({
    onReadEntry: (entry) => {
      const isEnough = take(entry, normalized(entry.path));
      taken.push(isEnough.then((is) => is && enough.abort()));
    },
  });
  const signal = AbortSignal.any([ctx.signal, enough.signal]);
  try {
    const blob = await store.blob(layer, ctx);
    await unpacking(layer.digest, () => pipeline([blob, ...decoderOf(layer), parser], { signal }));
    await Promise.all(taken);
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!enough.signal.aborted) throw error;
  }
}

function decoderOf({ mediaType }: Descriptor): readonly NodeJS.ReadWriteStream[] {
  if (/[+.]gzip$/.test(mediaType)) return [createGunzip()];
  return mediaType.endsWith('+zstd') ? [createZstdDecompress()] : [];
}

function normalized(path: string): string {
  return path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
}

async function readFile(entry: ReadEntry, wanted: 'content' | 'entry'): Promise<ImageFile> {
  const { type, mode = 0, uid = 0, gid = 0, size } = entry;
  const kind = type === 'Directory' ? 'directory' : type === 'SymbolicLink' ? 'symlink' : 'file';
  const isWanted = wanted === 'content' && kind === 'file' && size <= MAXIMUM_CONTENT_BYTES;
  if (!isWanted) entry.resume();
  return {
    ...{ kind, mode: mode & 0o7777, uid, gid, size, target: entry.linkpath || null },
    content: isWanted ? await entry.concat() : null,
  };
}
