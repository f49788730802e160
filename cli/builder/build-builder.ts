import type { Ctx } from '../../runtime/core/context.ts';
import { step } from '../../runtime/core/events.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { Platform } from '../image/descriptor.ts';
import type { ImageStore } from '../image/image-store.ts';
import { packIndex } from '../image/pack-index.ts';
import { type Composed, type ComposeRequest, compose } from './compose.ts';
import type { RecipeDeps } from './recipe.ts';

export interface BuilderRequest extends Omit<ComposeRequest, 'platform' | 'destination'> {
  /** At least one; several make an index. */
  readonly platforms: readonly Platform[];
  readonly destination: ImageStore;
  /** At least one. */
  readonly tags: readonly string[];
}

export interface BuiltBuilder {
  /** Of the image, or of the index. */
  readonly digest: string;
  /** Whether anything was written. */
  readonly changed: boolean;
  /** In the order in which they were asked for. */
  readonly images: readonly Composed[];
}

/** Composes an image for each platform and puts it, or an index of them, under the tags.
 *  @throws {ToolError} as compose; what is at the destination by then is whole, and without a tag */
export async function buildBuilder(request: BuilderRequest, deps: RecipeDeps, ctx: Ctx): Promise<BuiltBuilder> {
  const { platforms, destination, tags, ...shared } = request;
  const images: Composed[] = [];
  for (const platform of platforms) {
    const place = { store: destination, lookAt: tags, tags: platforms.length === 1 ? tags : [] };
    images.push(await compose({ ...shared, platform, destination: place }, deps, ctx));
  }
  const [image] = images;
  if (image !== undefined && images.length === 1) {
    return { digest: image.descriptor.digest, changed: image.tagsWritten.length > 0, images };
  }
  const index = await step(ctx, 'push', async () => {
    const packed = await packIndex({ images, destination, tags }, ctx);
    const names = platforms.map(formatPlatform).join(' and ');
    return { result: packed, detail: packed.tagsWritten.length > 0 ? `index of ${names}` : 'unchanged' };
  });
  return { digest: index.descriptor.digest, changed: index.tagsWritten.length > 0, images };
}
