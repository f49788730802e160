import type { Ctx } from '../../../runtime/core/context.ts';
import type { ImageRef } from '../../../runtime/core/image-ref.ts';
import type { NewLayer } from '../append-layers.ts';
import type { BlobSource, ImageStore } from '../image-store.ts';
import { openLayer, type WrittenLayer, writeLayer } from '../layer/write-layer.ts';
import type { Layer, LayerSource } from '../layer-source.ts';
import { MEDIA_TYPES } from '../media-types.ts';
import { ownLayers } from '../own-layers.ts';
import type { StoredImage } from '../read-image.ts';

/** An image with the place that keeps it. */
export interface KeptImage {
  readonly image: StoredImage;
  readonly store: ImageStore;
  /** Where it is, when that is a registry: another repository there may take its layers without a byte sent. */
  readonly ref: ImageRef | null;
}

/** A layer that was compressed before, outside of any image. */
export interface ReadyLayer {
  readonly layer: Layer;
  readonly createdBy: string;
  /** The file with its compressed bytes. */
  readonly path: string;
}

/** Layers that several images share are the same source, and made once: one of these for all of them. */
export type MadeLayers = Map<LayerSource, Promise<WrittenLayer>>;

export interface LayerMaking {
  readonly scratch: string;
  /** Whose layers are used again. */
  readonly previous: readonly KeptImage[];
  readonly made: MadeLayers;
}

/** A layer of an image, however it came to be. */
export interface MadeLayer {
  readonly layer: NewLayer;
  readonly blob: BlobSource;
  /** `key`, `content`: an image has it, by its key or its hash; `made`: now; `ready`: before. */
  readonly origin: 'key' | 'content' | 'made' | 'ready';
  /** What was read and hashed for it. */
  readonly tarBytes: number;
}

/** Finds the layer of a source in the images there were, by its key without reading it, else by its content without compressing it; else makes it.
 *  @throws {ToolError} what `writeLayer` throws */
export async function makeLayer(source: LayerSource | ReadyLayer, making: LayerMaking, ctx: Ctx): Promise<MadeLayer> {
  if ('path' in source) return fromFile(source.layer, source.path, source.createdBy, { origin: 'ready', tarBytes: 0 });
  const { kind, key, createdBy } = source;
  const kept = making.previous.flatMap((from) => ownLayers(from.image).map((layer) => ({ layer, from })));
  const sameKind = kept.filter(({ layer }) => layer.kind === kind);
  const byKey = key === null ? undefined : sameKind.find(({ layer }) => layer.key === key);
  if (byKey) return fromImage({ ...byKey.layer, createdBy }, byKey.from, { origin: 'key', tarBytes: 0 });
  const written = await writtenOnce(source, sameKind.length > 0, making, ctx);
  const { layer, tarBytes, made } = written;
  if (made.kind === 'compressed') return fromFile(layer, made.path, createdBy, { origin: 'made', tarBytes });
  const { descriptor } = made;
  const from = making.previous.find(({ image }) => image.manifest.layers.includes(descriptor));
  if (from === undefined) throw new Error(`Nobody has the layer ${descriptor.digest}, which was found`);
  return fromImage({ kind, key, diffId: layer.diffId, descriptor, createdBy }, from, { origin: 'content', tarBytes });
}

type How = Pick<MadeLayer, 'origin' | 'tarBytes'>;

/** Hashing first costs a tenth more where nothing is found: it is done where a layer of the kind was there before. */
function writtenOnce(
  source: LayerSource,
  isHashedFirst: boolean,
  making: LayerMaking,
  ctx: Ctx,
): Promise<WrittenLayer> {
  const { scratch, previous, made } = making;
  const known = (diffId: string) => {
    for (const { image } of previous) {
      const at = image.config.rootfs.diff_ids.indexOf(diffId);
      if (at >= 0) return image.manifest.layers[at];
    }
    return undefined;
  };
  const there = made.get(source);
  if (there) return there;
  const writing = writeLayer(source, { scratch, ...(isHashedFirst && { known }) }, ctx);
  made.set(source, writing);
  // Whoever comes after one that failed tries it anew.
  writing.catch(() => made.delete(source));
  return writing;
}

function fromFile({ kind, key, diffId, digest, bytes }: Layer, path: string, createdBy: string, how: How): MadeLayer {
  const descriptor = { mediaType: MEDIA_TYPES.oci.layer, digest, size: bytes };
  return {
    layer: { kind, key, diffId, descriptor, createdBy },
    blob: { descriptor, open: async () => openLayer(path) },
    ...how,
  };
}

function fromImage(layer: NewLayer, from: KeptImage, how: How): MadeLayer {
  return { layer, blob: blobOf(layer.descriptor, from), ...how };
}

/** A layer of an image that is kept somewhere. */
export function blobOf(descriptor: NewLayer['descriptor'], { store, ref }: Omit<KeptImage, 'image'>): BlobSource {
  return { descriptor, open: (ctx) => store.blob(descriptor, ctx), ...(ref && { mountFrom: ref }) };
}
