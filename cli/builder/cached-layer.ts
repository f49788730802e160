import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants } from 'node:zlib';
import type { Ctx } from '../../runtime/core/context.ts';
import { writeLayer } from '../image/layer/write-layer.ts';
import type { Layer } from '../image/layer-source.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import type { Part } from './part.ts';

export interface CachedLayer {
  readonly layer: Layer;
  /** The size of the archive when it is not compressed. */
  readonly tarBytes: number;
  /** The compressed layer. */
  readonly path: string;
}

export interface LayerCache {
  readonly cache: string;
  readonly pid: number;
}

/** The layer of a part, compressed, in `<cache>/layers`: made once, and from then on neither fetched nor read.
 *  @throws {ToolError} what the part, the layer and the cache throw; nothing half-made stays */
export async function cachedLayer(part: Part, { cache, pid }: LayerCache, ctx: Ctx): Promise<CachedLayer> {
  // Another zlib makes other bytes of the same content.
  const identity = JSON.stringify([FORMAT, constants.ZLIB_VERNUM, part.key, part.parents]);
  const id = createHash('sha256').update(identity).digest('hex').slice(0, ID_LENGTH);
  const entry = {
    cache,
    key: `layers/${part.kind}-${id}`,
    what: `the layer ${part.kind}`,
    step: 'layers',
    pid,
  } as const;
  const folder = await withCacheEntry(entry, (dir) => make(part, dir, ctx), ctx);
  const { layer, tarBytes } = parse(await readFile(join(folder, FACTS), 'utf8'));
  return { layer, tarBytes, path: join(folder, BLOB) };
}

/** Counts the changes of how layers are written. */
const FORMAT = 1;
const ID_LENGTH = 32;
const FACTS = 'layer.json';
const BLOB = 'layer.tar.gz';
const TREE = 'tree';

async function make(part: Part, dir: string, ctx: Ctx): Promise<void> {
  const { kind, key, createdBy, parents } = part;
  const tree = join(dir, TREE);
  await mkdir(tree);
  const source = {
    ...{ kind, key, createdBy, parents },
    async *entries() {
      yield* await part.entries(tree, ctx);
    },
  };
  const { layer, tarBytes, made } = await writeLayer(source, { scratch: dir }, ctx);
  if (made.kind !== 'compressed') throw new Error('a layer that nobody knew was found');
  await rename(made.path, join(dir, BLOB));
  await rm(tree, { recursive: true });
  await writeFile(join(dir, FACTS), JSON.stringify({ layer, tarBytes }));
}

/** Only what `make` wrote is there. */
function parse(text: string): Pick<CachedLayer, 'layer' | 'tarBytes'> {
  return JSON.parse(text) as Pick<CachedLayer, 'layer' | 'tarBytes'>;
}
