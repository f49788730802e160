import type { Ctx } from '../../runtime/core/context.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { PackedImage } from '../image/pack-image.ts';
import { packIndex } from '../image/pack-index.ts';
import type { BuildResult } from './build-result.ts';

/** What images for several platforms are together: of one the image itself, which has its tags, of more an index with the tags.
 *  @throws {ToolError} what the store throws */
export async function joinPlatforms(
  packed: readonly PackedImage[],
  tags: readonly string[],
  destination: ImageStore,
  ctx: Ctx,
): Promise<Pick<BuildResult, 'digest' | 'changed' | 'written'>> {
  const [first, ...others] = packed;
  if (first === undefined) throw new Error('nothing was packed');
  if (others.length === 0) {
    return { digest: first.descriptor.digest, changed: first.isNew, written: first.tagsWritten };
  }
  const { descriptor, tagsWritten } = await packIndex({ images: packed, destination, tags }, ctx);
  return { digest: descriptor.digest, changed: tagsWritten.length === tags.length, written: tagsWritten };
}
