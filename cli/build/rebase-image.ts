import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { type NewLayer, ownPart } from '../image/append-layers.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { LayerSource } from '../image/layer-source.ts';
import { LAYERS_LABEL, renderLayersLabel } from '../image/own-layers.ts';
import type { KeptImage } from '../image/pack/make-layer.ts';
import { NO_TRAFFIC, type Traffic } from '../image/pack/traffic.ts';
import { type PackedImage, packImage } from '../image/pack-image.ts';
import { readImage, type StoredImage } from '../image/read-image.ts';
import type { Referrers } from '../image/referrers.ts';
import { type BuildResult, builtLayer, sumTraffic } from './build-result.ts';
import { BUILDER_LABELS } from './builder-labels.ts';
import { checkRebase } from './check-rebase.ts';
import type { PlatformBuilder } from './find-builder.ts';
import type { BuiltImage } from './find-built.ts';
import { IMAGE_LABELS, OCI_LABELS } from './image-labels.ts';
import { joinPlatforms } from './join-platforms.ts';
import type { ResolvedBuilder } from './open-application.ts';
import { type AttachedSbom, attachSboms, type SbomImage } from './sbom/attach-sboms.ts';
import { knownPackages } from './sbom/known-packages.ts';

export interface Rebase {
  /** The image, for each platform that it has. */
  readonly image: BuiltImage;
  /** As errors say it. */
  readonly name: string;
  /** Where it is, and the result goes. */
  readonly place: Omit<KeptImage, 'image'>;
  /** What is attached to the images there; `null` where it keeps no such things. */
  readonly referrers: Referrers | null;
  readonly tags: readonly string[];
  /** What it is put onto, for the same platforms in the same order. */
  readonly builder: ResolvedBuilder;
  /** For packing; nothing is compressed. */
  readonly scratch: string;
}

export type RebaseResult = Pick<BuildResult, 'digest' | 'changed' | 'written' | 'builder' | 'platforms'> & {
  readonly traffic: Traffic;
};

/** Puts the application's layers of an image onto another builder, as they are: within one registry none is sent. What the image says of its
 *  request and its content goes: it was made on another builder then.
 *  @throws {ToolError} REBASE_UNSUPPORTED for an image that was not made here, BUILDER_MISMATCH for a builder that its layers are not for, and what
 *  packImage throws */
export async function rebaseImage(rebase: Rebase, ctx: Ctx): Promise<RebaseResult> {
  const { image, tags, place, builder } = rebase;
  const moved: Moved[] = [];
  for (const [at, onto] of builder.platforms.entries()) {
    const stored = image.images[at];
    if (stored !== undefined) moved.push({ stored, onto, packed: await rebaseOne(rebase, stored, onto, ctx) });
  }
  const packed = moved.map((one) => one.packed);
  const whole = await joinPlatforms(packed, tags, place.store, ctx);
  const sboms = whole.changed ? await describeMoved(rebase, moved, ctx) : [];
  return {
    ...whole,
    builder: { name: builder.named.publicName, digest: builder.digest },
    platforms: packed.map(({ descriptor, layers }, at) => ({
      platform: formatPlatform(builder.platforms[at]?.platform ?? descriptor.platform ?? { os: '', architecture: '' }),
      digest: descriptor.digest,
      layers: layers.map((layer) => builtLayer(layer, false)),
      sbom: sboms[at] ?? null,
    })),
    traffic: packed.length === 0 ? NO_TRAFFIC : sumTraffic(packed.map(({ traffic }) => traffic)),
  };
}

interface Moved {
  readonly stored: StoredImage;
  readonly onto: PlatformBuilder;
  readonly packed: PackedImage;
}

/** The application is the same: what it needs is asked of the SBOM that it had. */
async function describeMoved(
  { place, referrers, builder }: Rebase,
  moved: readonly Moved[],
  ctx: Ctx,
): Promise<readonly (AttachedSbom | null)[]> {
  const sboms = { store: place.store, referrers };
  const images: SbomImage[] = [];
  for (const { stored, onto, packed } of moved) {
    const packages = await knownPackages(stored, sboms, ctx);
    images.push({ packed, labels: labelsOf(stored), builder: onto, packages });
  }
  return attachSboms(images, builder.named, sboms, ctx);
}

async function rebaseOne(rebase: Rebase, image: StoredImage, onto: PlatformBuilder, ctx: Ctx): Promise<PackedImage> {
  const { place, builder, name, scratch, tags } = rebase;
  const { named } = builder;
  const base = await oldBase(rebase, image, onto, ctx);
  const { layers, changes } = ownPart(image, base?.config);
  if (layers.length === 0 || labelsOf(image)[IMAGE_LABELS.app] === undefined) throw notOurs(name);
  checkRebase(name, labelsOf(image), onto.facts);
  const keyed = layers.map((layer) => ({ ...layer, key: layer.key ?? layer.diffId }));
  // On the builder that it is on it is what it was.
  const isMoved = labelsOf(image)[OCI_LABELS.baseDigest] !== onto.image.descriptor.digest;
  const own = Object.entries(changes.labels ?? {}).filter(([key]) => !isMoved || !NOT_KEPT.includes(key));
  const labels = {
    ...Object.fromEntries(own),
    [IMAGE_LABELS.builderName]: named.publicName,
    [IMAGE_LABELS.builderDigest]: builder.digest,
    [OCI_LABELS.baseName]: named.publicName,
    [OCI_LABELS.baseDigest]: onto.image.descriptor.digest,
  };
  const request = {
    base: { kind: 'image', name: named.publicName, image: onto.image, store: named.store, ref: named.ref },
    layers: keyed.map(asSource),
    changes: { ...changes, labels },
    destination: place.store,
    tags: rebase.image.images.length === 1 ? tags : [],
    previous: [{ ...place, image: withKeys(image, keyed) }],
    scratch,
  } as const;
  return packImage(request, ctx);
}

/** What says of what the image was made; and what the builder says of itself, where it is not known how it was. */
const NOT_KEPT: readonly string[] = [IMAGE_LABELS.requestKey, IMAGE_LABELS.planKey, ...Object.values(BUILDER_LABELS)];

function labelsOf({ config }: StoredImage): Readonly<Record<string, string>> {
  return config.config?.Labels ?? {};
}

/** The builder as it was: what the image has of it is not the application's. Where it is gone, all that the image says is kept. */
async function oldBase(
  { builder }: Rebase,
  image: StoredImage,
  { platform }: PlatformBuilder,
  ctx: Ctx,
): Promise<StoredImage | undefined> {
  const reference = labelsOf(image)[OCI_LABELS.baseDigest];
  if (reference === undefined) return undefined;
  const { store, name } = builder.named;
  return readImage({ store, reference, platform, name }, ctx).catch((error: unknown) => {
    ctx.signal.throwIfAborted();
    if (error instanceof ToolError) return undefined;
    throw error;
  });
}

/** The image as if each of its layers could be told by a key: what an executor made without one is found by its content. */
function withKeys(image: StoredImage, layers: readonly NewLayer[]): StoredImage {
  const { config } = image;
  const Labels = { ...labelsOf(image), [LAYERS_LABEL]: renderLayersLabel(layers) };
  return { ...image, config: { ...config, config: { ...config.config, Labels } } };
}

/** Only its key is looked at: the image that is rebased has it. */
function asSource({ kind, key, diffId, createdBy }: NewLayer): LayerSource {
  const entries = (): never => {
    throw new Error(`The layer ${diffId} is to be made, which the image has`);
  };
  return { kind, key, createdBy, parents: {}, entries };
}

function notOurs(name: string): ToolError {
  return new ToolError('REBASE_UNSUPPORTED', `Cannot rebase "${name}": its layers are not those that hibana made`);
}
