import prettyBytes from 'pretty-bytes';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { step } from '../../runtime/core/events.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { Platform } from '../image/descriptor.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { LayerSource } from '../image/layer-source.ts';
import { ownLayers } from '../image/own-layers.ts';
import type { KeptImage, ReadyLayer } from '../image/pack/make-layer.ts';
import { type PackedImage, packImage } from '../image/pack-image.ts';
import { readImage } from '../image/read-image.ts';
import { cachedLayer } from './cached-layer.ts';
import { type ImagePlace, readBase } from './image-place.ts';
import type { Part } from './part.ts';
import type { Composable, Recipe, RecipeDeps, RecipeInput } from './recipe.ts';
import { surveyBase } from './survey-base.ts';

export interface ComposeRequest extends Pick<RecipeInput, 'spark' | 'python' | 'libc'> {
  readonly what: Composable;
  readonly base: ImagePlace;
  readonly platform: Platform;
  readonly destination: {
    readonly store: ImageStore;
    /** Also looked at before: what they stand for may have layers. */
    readonly lookAt: readonly string[];
    readonly tags: readonly string[];
  };
  /** An empty folder. */
  readonly scratch: string;
}

export interface Composed extends PackedImage {
  readonly platform: Platform;
  /** Uncompressed, what was put onto the base; `null` where a layer came from an image, and nobody read it. */
  readonly addedBytes: number | null;
}

/** Composes an image for one platform and brings it to its destination. Layers come from the image that is there, from the cache, or from
 *  packages, in this order. Steps: `toolchain`, `layers`, `push`.
 *  @throws {ToolError} BASE_NOT_FOUND, BASE_UNSUPPORTED, ARCHITECTURE_NOT_FOUND, and what fetching, the cache and the stores throw */
export async function compose(request: ComposeRequest, deps: RecipeDeps, ctx: Ctx): Promise<Composed> {
  const { platform, base, destination, scratch } = request;
  const prepared = await step(ctx, 'toolchain', () => prepare(request, deps, ctx));
  const { store } = base;
  const kept = { kind: 'image', image: prepared.image, store, ref: base.ref, name: base.publicName } as const;
  const packed = await packImage(
    {
      ...{ base: kept, layers: prepared.layers, changes: prepared.recipe.changes, previous: prepared.previous },
      ...{ destination: destination.store, tags: destination.tags, scratch },
    },
    ctx,
  );
  return { ...packed, platform, addedBytes: prepared.addedBytes };
}

interface Prepared {
  readonly image: KeptImage['image'];
  readonly recipe: Recipe;
  readonly previous: readonly KeptImage[];
  readonly layers: readonly (LayerSource | ReadyLayer)[];
  readonly addedBytes: number | null;
}

async function prepare(
  { what, base, platform, spark, python, libc, destination }: ComposeRequest,
  deps: RecipeDeps,
  ctx: Ctx,
): Promise<{ readonly result: Prepared; readonly detail: string }> {
  const { cache, pid } = deps.toolchain;
  const image = await readBase(base, platform, ctx);
  // Before anything is fetched: a registry that takes nothing is known now.
  const previous = await findPrevious(destination, platform, ctx);
  const facts = await surveyBase(image, { store: base.store, cache, pid }, ctx);
  const input = { platform, baseName: base.name, base: image, facts, spark, python, libc, tags: destination.lookAt };
  const recipe = await what.recipe(input, deps, ctx);
  const layers: (LayerSource | ReadyLayer)[] = [];
  let addedBytes: number | null = 0;
  for (const part of recipe.parts) {
    const known = previous.some((kept) => ownLayers(kept.image).some(({ key }) => key === part.key));
    const made = known ? null : await cachedLayer(part, { cache, pid }, ctx);
    layers.push(made === null ? sourceOf(part) : { ...made, createdBy: part.createdBy });
    addedBytes = made === null || addedBytes === null ? null : addedBytes + made.tarBytes;
  }
  const names = recipe.parts.map(({ createdBy }) => createdBy.replace(/^hibana: /, ''));
  const size = addedBytes === null ? [] : [`${prettyBytes(addedBytes)} above its base`];
  const detail = `${formatPlatform(platform)}: ${[...names.slice(0, NAMED), ...size].join(' · ')}`;
  return { result: { image, recipe, previous, layers, addedBytes }, detail };
}

/** The rest is ours. */
const NAMED = 3;

/** The images that the tags stand for now; what is no image of this platform has no layers of use. */
export async function findPrevious(
  { store, lookAt }: ComposeRequest['destination'],
  platform: Platform,
  ctx: Ctx,
): Promise<readonly KeptImage[]> {
  const found = lookAt.map(async (reference): Promise<readonly KeptImage[]> => {
    try {
      const image = await readImage({ store, reference, platform, name: reference }, ctx);
      return image === undefined ? [] : [{ image, store, ref: null }];
    } catch (error) {
      if (error instanceof ToolError && REPLACED.has(error.code)) return [];
      throw error;
    }
  });
  return (await Promise.all(found)).flat();
}

const REPLACED = new Set(['MANIFEST_INVALID', 'MANIFEST_UNSUPPORTED', 'ARCHITECTURE_NOT_FOUND']);

function sourceOf({ kind, key, createdBy, parents }: Part): LayerSource {
  const entries = () => {
    throw new Error(`the layer ${key} was there a moment ago`);
  };
  return { kind, key, createdBy, parents, entries };
}
