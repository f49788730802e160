import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppDescriptor } from '../../runtime/core/app.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import type { Settings } from '../config/settings.ts';
import type { ImageChanges } from '../image/append-layers.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { KeptImage, MadeLayers } from '../image/pack/make-layer.ts';
import { type PackedImage, packImage } from '../image/pack-image.ts';
import type { SourceTree } from '../source/source.ts';
import type { BuildDeps } from './build-deps.ts';
import type { BuildRequest } from './build-request.ts';
import { type BuildResult, builtLayer, sumTraffic } from './build-result.ts';
import type { AssembledImage } from './executor.ts';
import type { NamedBuilder } from './find-builder.ts';
import { imageLabels } from './image-labels.ts';
import { dependencyNames } from './inventory.ts';
import { joinPlatforms } from './join-platforms.ts';
import { type LookUp, requestKeyOf } from './look-up.ts';
import { findPrevious, rememberBuilt } from './previous-images.ts';
import { recordOf } from './request-record.ts';
import { attachSboms, type SbomImage } from './sbom/attach-sboms.ts';
import { packageComponents } from './sbom/package-components.ts';
import { sbomPlaceOf } from './sbom/sbom-place.ts';

export interface Packing {
  readonly request: BuildRequest;
  readonly destination: ImageStore;
  readonly before: LookUp;
  readonly source: {
    readonly tree: Pick<SourceTree, 'commit' | 'commitTime'>;
    readonly settings: Pick<Settings, 'contextDir' | 'plan'>;
  };
  readonly builder: {
    readonly named: NamedBuilder;
    /** What its name stands for: an index, where it is one. */
    readonly digest: string;
  };
  /** `null` for what a builder's own scripts made: they alone know what it is. */
  readonly app: AppDescriptor | null;
  readonly images: readonly AssembledImage[];
  /** What the images say otherwise than the builder; labels come from here. */
  readonly changes: ImageChanges;
  /** Labels before all others. */
  readonly ownLabels: Readonly<Record<string, string>>;
  readonly planKey: string;
  /** `false`: the same request may mean another image. Default `true`. */
  readonly isRepeatable?: boolean;
}

/** Puts the layers onto the builder of each platform and brings the images to their destination; of several an index is made. Layers that all have
 *  are made and sent once.
 *  @throws {ToolError} those of packImage */
export async function packPlatforms(packing: Packing, deps: BuildDeps, ctx: Ctx): Promise<BuildResult> {
  const { request, destination, images, before, builder, source } = packing;
  const { tags } = request.destination;
  const labels = await labelsOf(packing, deps);
  const previous = request.isForced ? [] : await findPrevious({ request, destination, before }, deps, ctx);
  const place = { scratch: await mkdtemp(join(await deps.scratch(), 'layers-')), made: new Map() };
  const made: (Omit<SbomImage, 'builder'> & {
    readonly packed: PackedImage;
    readonly builder: AssembledImage['builder'];
  })[] = [];
  for (const [at, image] of images.entries()) {
    const { builder: base, inventory } = image;
    const own = previous.flatMap(({ images: kept }) => kept[at] ?? []);
    const pack = { ...place, image, previous: own, tags: images.length === 1 ? tags : [] };
    const said = labels(image);
    const packed = await packOne(pack, { packing, labels: said }, ctx);
    made.push({ packed, labels: said, builder: base, packages: packageComponents(inventory) });
  }
  const packed = made.map((one) => one.packed);
  const whole = await joinPlatforms(packed, tags, destination, ctx);
  if (!request.isDry) await rememberBuilt(request.destination, whole.digest, deps);
  const sbomPlace = sbomPlaceOf(request, destination, deps);
  // What a builder's own scripts have installed nobody knows.
  const known = made.flatMap(({ builder: { facts, ...base }, ...one }) =>
    facts === undefined ? [] : [{ ...one, builder: { ...base, facts } }],
  );
  const sboms = await attachSboms(known, builder.named, sbomPlace, ctx);
  return {
    ...whole,
    unchanged: null,
    commit: source.tree.commit,
    builder: { name: builder.named.publicName, digest: builder.digest },
    keys: { request: keyOf(packing, deps), plan: packing.planKey },
    platforms: made.map((one, at) => ({
      platform: formatPlatform(one.builder.platform),
      digest: one.packed.descriptor.digest,
      layers: one.packed.layers.map((layer) => builtLayer(layer, request.isDry)),
      sbom: sboms[at] ?? null,
    })),
    traffic: sumTraffic(packed.map(({ traffic }) => traffic)),
  };
}

interface OnePack {
  readonly image: AssembledImage;
  readonly previous: readonly KeptImage[];
  readonly tags: readonly string[];
  readonly scratch: string;
  readonly made: MadeLayers;
}

function packOne(
  { image, previous, tags, scratch, made }: OnePack,
  { packing, labels }: { readonly packing: Packing; readonly labels: Readonly<Record<string, string>> },
  ctx: Ctx,
): Promise<PackedImage> {
  const { destination } = packing;
  const { publicName, store, ref } = packing.builder.named;
  const base = { kind: 'image', name: publicName, image: image.builder.image, store, ref } as const;
  const changes = { ...packing.changes, labels };
  return packImage({ base, layers: image.layers, changes, destination, tags, previous, scratch, made }, ctx);
}

function keyOf({ request, before, source, builder, isRepeatable = true }: Packing, deps: BuildDeps): string | null {
  if (!isRepeatable) return null;
  const { early } = before;
  return requestKeyOf({ request, early, commit: source.tree.commit }, builder.digest, deps);
}

async function labelsOf(
  packing: Packing,
  deps: BuildDeps,
): Promise<(image: AssembledImage) => Readonly<Record<string, string>>> {
  const { request, before, app, planKey } = packing;
  const { tree, settings } = packing.source;
  const { named, digest } = packing.builder;
  const { source } = request.input;
  const folders = [source.kind === 'template' ? null : source.contextDir, settings.contextDir];
  const requestKey = keyOf(packing, deps);
  const record = await recordOf(request, before.early, before.commit?.resolved.label ?? null);
  return ({ builder, inventory }) =>
    imageLabels({
      ...{
        app,
        name: app?.name ?? settings.plan.name,
        source,
        commit: tree.commit,
        commitTime: tree.commitTime,
        resolved: before.commit?.resolved ?? null,
      },
      contextDir: folders.filter((folder) => folder !== null).join('/') || null,
      ...{ requestKey, request: record, planKey, tool: deps.tool.version },
      own: { ...request.labels, ...packing.ownLabels },
      dependencies: dependencyNames(inventory.distributions),
      builder: { name: named.publicName, digest, imageDigest: builder.image.descriptor.digest },
    });
}
