import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { digestOf } from '../../cli/image/digest.ts';
import type { ContainerConfig } from '../../cli/image/image-config.ts';
import { writeLayer } from '../../cli/image/layer/write-layer.ts';
import type { LayerEntry } from '../../cli/image/layer-source.ts';
import { renderManifest } from '../../cli/image/manifest.ts';
import { MEDIA_TYPES } from '../../cli/image/media-types.ts';
import { readImage, type StoredImage } from '../../cli/image/read-image.ts';
import { testCtx } from './ctx.ts';
import { layerSource } from './layer-sources.ts';
import type { MemoryStore } from './memory-store.ts';

export interface TinyImage {
  /** The lowest first; a buffer is an archive that is not compressed. */
  readonly layers: readonly (readonly LayerEntry[] | Buffer)[];
  readonly config?: ContainerConfig;
  readonly architecture?: string;
  readonly tag?: string;
  /** Default gzip. */
  readonly compression?: 'gzip' | 'zstd' | 'none';
}

/** Puts a real image of a few files into a store. */
export async function addTinyImage(store: MemoryStore, image: TinyImage): Promise<StoredImage> {
  const { architecture = 'amd64', tag = 'tiny', config = {} } = image;
  const tars = await Promise.all(image.layers.map(archiveOf));
  const layers = tars.map((tar) => store.addBlob(...compressed(tar, image.compression ?? 'gzip')));
  const document = {
    ...{ architecture, os: 'linux', config },
    rootfs: { type: 'layers', diff_ids: tars.map(({ plain }) => digestOf(plain)) },
  };
  const types = MEDIA_TYPES.oci;
  const manifest = renderManifest({
    ...{ schemaVersion: 2, mediaType: types.manifest, layers },
    config: store.addBlob(Buffer.from(JSON.stringify(document)), types.config),
  });
  await store.putManifest(manifest, [tag]);
  const platform = { os: 'linux', architecture };
  const stored = await readImage({ store, reference: tag, platform, name: tag }, testCtx());
  if (stored === undefined) throw new Error('The store lost the image');
  return stored;
}

interface Archive {
  readonly gzip: Buffer;
  readonly plain: Buffer;
}

async function archiveOf(entries: readonly LayerEntry[] | Buffer): Promise<Archive> {
  if (Buffer.isBuffer(entries)) return { plain: entries, gzip: gzipSync(entries) };
  const scratch = await mkdtemp(join(tmpdir(), 'tiny-image-'));
  try {
    const { made } = await writeLayer(layerSource(entries), { scratch }, testCtx());
    if (made.kind !== 'compressed') throw new Error('The layer is known');
    const gzip = await readFile(made.path);
    return { gzip, plain: gunzipSync(gzip) };
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function compressed({ gzip, plain }: Archive, compression: 'gzip' | 'zstd' | 'none'): [bytes: Buffer, type: string] {
  const type = 'application/vnd.oci.image.layer.v1.tar';
  if (compression === 'none') return [plain, type];
  return compression === 'gzip' ? [gzip, `${type}+gzip`] : [zstdCompressSync(plain), `${type}+zstd`];
}
