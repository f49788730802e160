import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppDescriptor } from '../../runtime/core/app.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { KeptImage, MadeLayers } from '../image/pack/make-layer.ts';
import { type PackedImage, packImage } from '../image/pack-image.ts';
import type { BuildDeps } from './build-deps.ts';
import type { BuildRequest } from './build-request.ts';
import { type BuildResult, builtLayer, sumTraffic } from './build-result.ts';
import { BUILDER_USER } from './builder-labels.ts';
import type { AssembledImage } from './executor.ts';
import { imageLabels } from './image-labels.ts';
import { dependencyNames } from './inventory.ts';
import { joinPlatforms } from './join-platforms.ts';
import { type LookUp, requestKeyOf } from './look-up.ts';
import type { OpenedApplication } from './open-application.ts';
import { findPrevious, rememberBuilt } from './previous-images.ts';
import { recordOf } from './request-record.ts';
import { attachSboms, type SbomImage } from './sbom/attach-sboms.ts';
import { packageComponents } from './sbom/package-components.ts';

export interface Packing {
  readonly request: BuildRequest;
  readonly destination: ImageStore;
  readonly before: LookUp;
  readonly opened: OpenedApplication;
  readonly app: AppDescriptor;
  readonly images: readonly AssembledImage[];
  readonly planKey: string;
}

/** Puts the layers onto the builder of each platform and brings the images to their destination; of several an index is made. Layers that all have
 *  are made and sent once.
 *  @throws {ToolError} those of packImage */
export async function packPlatforms(packing: Packing, deps: BuildDeps, ctx: Ctx): Promise<BuildResult> {
  const { request, destination, images, before, opened } = packing;
  const { tags } = request.destination;
  const labels = labelsOf(packing, deps);
  const previous = request.isForced ? [] : await findPrevious({ request, destination, before }, deps, ctx);
  const place = { scratch: await mkdtemp(join(await deps.scratch(), 'layers-')), made: new Map() };
  const made: (SbomImage & { readonly packed: PackedImage })[] = [];
  for (const [at, image] of images.entries()) {
    const { builder, inventory } = image;
    const own = previous.flatMap(({ images: kept }) => kept[at] ?? []);
    const pack = { ...place, image, previous: own, tags: images.length === 1 ? tags : [] };
    const said = labels(image);
    const packed = await packOne(pack, { packing, labels: said }, ctx);
    made.push({ packed, labels: said, builder, packages: packageComponents(inventory) });
  }
  const packed = made.map((one) => one.packed);
  const whole = await joinPlatforms(packed, tags, destination, ctx);
  if (!request.isDry) await rememberBuilt(request.destination, whole.digest, deps);
  const sbomPlace = { store: destination, referrers: request.isDry ? null : deps.referrers };
  const sboms = await attachSboms(made, opened.builder.named, sbomPlace, ctx);
  const { builder, application } = opened;
  return {
    ...whole,
    unchanged: null,
    commit: application.tree.commit,
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

/** The launcher runs what `hibana.json` says, whatever the builder would run. Of the environment it needs nothing that the builder has not set. */
const ENTRYPOINT = [`${IMAGE_PATHS.node}/bin/node`, IMAGE_PATHS.launcher, 'launch'];

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
  const { opened, destination } = packing;
  const { publicName, store, ref } = opened.builder.named;
  const base = { kind: 'image', name: publicName, image: image.builder.image, store, ref } as const;
  const changes = { labels, entrypoint: ENTRYPOINT, user: BUILDER_USER, workdir: IMAGE_PATHS.app };
  return packImage({ base, layers: image.layers, changes, destination, tags, previous, scratch, made }, ctx);
}

function keyOf({ request, before, opened }: Packing, deps: BuildDeps): string | null {
  const { application, builder } = opened;
  const { early } = before;
  return requestKeyOf({ request, early, commit: application.tree.commit }, builder.digest, deps);
}

function labelsOf(packing: Packing, deps: BuildDeps): (image: AssembledImage) => Readonly<Record<string, string>> {
  const { request, opened, before, app, planKey } = packing;
  const { tree, settings } = opened.application;
  const { named, digest } = opened.builder;
  const { source } = request.input;
  const folders = [source.kind === 'template' ? null : source.contextDir, settings.contextDir];
  const requestKey = keyOf(packing, deps);
  const record = recordOf(request, before.early, before.commit?.resolved.label ?? null);
  return ({ builder, inventory }) =>
    imageLabels({
      ...{ app, source, commit: tree.commit, commitTime: tree.commitTime, resolved: before.commit?.resolved ?? null },
      contextDir: folders.filter((folder) => folder !== null).join('/') || null,
      ...{ requestKey, request: record, planKey, tool: deps.tool.version, own: request.labels },
      dependencies: dependencyNames(inventory.distributions),
      builder: { name: named.publicName, digest, imageDigest: builder.image.descriptor.digest },
    });
}
