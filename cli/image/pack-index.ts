import type { Ctx } from '../../runtime/core/context.ts';
import type { Descriptor } from './descriptor.ts';
import type { ImageStore } from './image-store.ts';
import { renderManifest } from './manifest.ts';
import { familyOf, MEDIA_TYPES } from './media-types.ts';
import type { PackedImage } from './pack-image.ts';

export interface IndexRequest {
  /** Of the same destination, one a platform. */
  readonly images: readonly Pick<PackedImage, 'descriptor'>[];
  readonly destination: ImageStore;
  readonly tags: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface PackedIndex {
  readonly descriptor: Descriptor;
  /** The tags that stood for something else, or nothing. */
  readonly tagsWritten: readonly string[];
}

/** Puts images for several platforms under one name. The same images in the same order make the same index; where the tags stand for it already
 *  nothing is written. Of Docker's family if all images are.
 *  @throws {ToolError} what the store throws */
export async function packIndex(request: IndexRequest, ctx: Ctx): Promise<PackedIndex> {
  const { images, destination, tags, annotations } = request;
  const manifests = images.map(({ descriptor }) => descriptor);
  const isDocker = manifests.every(({ mediaType }) => familyOf(mediaType) === 'docker');
  const index = renderManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES[isDocker ? 'docker' : 'oci'].index,
    manifests,
    ...(annotations && !isDocker && { annotations }),
  });
  const there = await Promise.all(tags.map((tag) => destination.resolve(tag, ctx)));
  const tagsWritten = tags.filter((_, at) => there[at] !== index.descriptor.digest);
  if (tagsWritten.length > 0 || tags.length === 0) await destination.putManifest(index, tagsWritten, ctx);
  return { descriptor: index.descriptor, tagsWritten };
}
