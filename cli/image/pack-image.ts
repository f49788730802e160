import { Readable } from 'node:stream';
import { type Ctx, withSignal } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { step } from '../../runtime/core/events.ts';
import { appendLayers, type ComposedImage, type ImageChanges } from './append-layers.ts';
import type { Descriptor, Platform } from './descriptor.ts';
import type { BlobArrival, BlobSource, ImageStore } from './image-store.ts';
import type { Layer, LayerSource } from './layer-source.ts';
import { isForeignLayer } from './media-types.ts';
import { BlobPusher } from './pack/blob-pusher.ts';
import {
  blobOf,
  type KeptImage,
  type MadeLayer,
  type MadeLayers,
  makeLayer,
  type ReadyLayer,
} from './pack/make-layer.ts';
import { describeMaking, describePush, type Traffic, trafficOf } from './pack/traffic.ts';

/** What layers are put on: an image with the place that keeps it, or nothing. */
export type PackBase =
  | (KeptImage & { readonly kind: 'image'; readonly name: string })
  | { readonly kind: 'scratch'; readonly platform: Platform };

export interface PackRequest {
  readonly base: PackBase;
  /** The lowest first. */
  readonly layers: readonly (LayerSource | ReadyLayer)[];
  readonly changes: ImageChanges;
  readonly destination: ImageStore;
  /** Without one the image has its digest only. */
  readonly tags: readonly string[];
  /** Images whose layers are used again; those of the destination's own, read through the same store, need not even be looked for there. */
  readonly previous?: readonly KeptImage[];
  /** A folder for compressed layers; whoever made it deletes it. */
  readonly scratch: string;
  /** The same for all images that share sources. */
  readonly made?: MadeLayers;
}

export interface PackedLayer extends Layer {
  readonly origin: MadeLayer['origin'];
  readonly arrival: BlobArrival;
}

/** An image that is at its destination. */
export interface PackedImage {
  /** Of the manifest, with the platform, as an index names it. */
  readonly descriptor: Descriptor;
  /** Of the configuration: what Docker calls the image's id. */
  readonly configDigest: string;
  readonly layers: readonly PackedLayer[];
  /** The tags that stood for something else, or nothing; none when all was as it is now. */
  readonly tagsWritten: readonly string[];
  /** Whether the image was there already, under one of the tags. */
  readonly isNew: boolean;
  readonly traffic: Traffic;
}

/** Makes an image of a base and layers, and brings it to its destination: blobs first, then the manifest. Only what no previous
 *  image has is made; what is made is sent while the next is made; layers of the base are mounted, or streamed from where they are. Where the
 *  tags stand for the same image already, nothing is written.
 *  Steps: `layers`, `push`. @throws {ToolError} what sources, `writeLayer` and the stores throw; rejects with `signal.reason` on abort, and,
 *  as after any error, when nothing runs any more. */
export async function packImage(request: PackRequest, ctx: Ctx): Promise<PackedImage> {
  const stop = new AbortController();
  const inner = withSignal(ctx, AbortSignal.any([ctx.signal, stop.signal]));
  const pusher = new BlobPusher(request.destination, stop, inner);
  const trusted = trustedDigests(request);
  const sources: BlobSource[] = [];
  const put = (blob: BlobSource) => {
    if (isForeignLayer(blob.descriptor.mediaType)) return;
    sources.push(blob);
    if (!trusted.has(blob.descriptor.digest)) pusher.put(blob);
  };
  try {
    for (const blob of baseBlobs(request.base)) put(blob);
    const made = await step(inner, 'layers', () => makeAll(request, put, inner));
    return await step(inner, 'push', () => pushAll({ request, pusher, sources, made }, inner));
  } catch (error) {
    stop.abort(error);
    await pusher.settle().catch(() => {});
    ctx.signal.throwIfAborted();
    throw error;
  }
}

function baseBlobs(base: PackBase): readonly BlobSource[] {
  return base.kind === 'scratch' ? [] : base.image.manifest.layers.map((layer) => blobOf(layer, base));
}

/** A registry that has an image has what it names. */
function trustedDigests({ base, previous = [], destination }: PackRequest): ReadonlySet<string> {
  const images = base.kind === 'image' ? [...previous, base] : previous;
  const there = images.filter(({ store }) => store === destination);
  return new Set(
    there.flatMap(({ image }) => [image.manifest.config, ...image.manifest.layers]).map(({ digest }) => digest),
  );
}

interface Made {
  readonly result: readonly MadeLayer[];
  readonly detail: string;
}

async function makeAll(request: PackRequest, put: (blob: BlobSource) => void, ctx: Ctx): Promise<Made> {
  const { layers, scratch, previous = [], made = new Map() } = request;
  const result: MadeLayer[] = [];
  // One after the other: each takes all processors.
  for (const source of layers) {
    const layer = await makeLayer(source, { scratch, previous, made }, ctx);
    put(layer.blob);
    result.push(layer);
  }
  return { result, detail: describeMaking(result) };
}

interface Push {
  readonly request: PackRequest;
  readonly pusher: BlobPusher;
  readonly sources: readonly BlobSource[];
  readonly made: readonly MadeLayer[];
}

async function pushAll(push: Push, ctx: Ctx): Promise<{ result: PackedImage; detail: string }> {
  const { request, pusher, sources, made } = push;
  const { base, tags } = request;
  const image = appendLayers(
    base,
    made.map(({ layer }) => layer),
    request.changes,
  );
  const { descriptor, bytes } = image.config;
  const config: BlobSource = { descriptor, open: async () => Readable.from([bytes]) };
  const blobs = [...sources, config];
  if (!trustedDigests(request).has(descriptor.digest)) pusher.put(config);
  const there = await putImage(image, { ...push, sources: blobs }, ctx);
  const arrivals = await pusher.arrivals();
  const arrivalOf = (digest: string): BlobArrival => arrivals.get(digest) ?? 'present';
  const result: PackedImage = {
    descriptor: { ...image.manifest.descriptor, platform: platformOf(base) },
    configDigest: descriptor.digest,
    layers: made.map((layer) => packedLayer(layer, arrivalOf)),
    tagsWritten: tags.filter((tag) => !there.includes(tag)),
    isNew: there.length === 0,
    traffic: trafficOf({ made, blobs, arrivalOf }),
  };
  return { result, detail: describePush(result) };
}

/** Gives the tags that stood for the image already; they are not written. */
async function putImage(
  image: ComposedImage,
  { request, pusher, sources }: Omit<Push, 'made'>,
  ctx: Ctx,
): Promise<readonly string[]> {
  const { destination, tags } = request;
  await pusher.settle();
  const isNothingNew = [...(await pusher.arrivals()).values()].every((arrival) => arrival === 'present');
  const there = isNothingNew ? await tagsOf(image, tags, destination, ctx) : [];
  const missing = tags.filter((tag) => !there.includes(tag));
  if (missing.length > 0 || tags.length === 0) {
    await putManifest(image, { tags: missing, sources, destination, pusher }, ctx);
  }
  return there;
}

function packedLayer({ layer, origin }: MadeLayer, arrivalOf: (digest: string) => BlobArrival): PackedLayer {
  const { kind, key, diffId, descriptor } = layer;
  const { digest, size: bytes } = descriptor;
  return { kind, key, diffId, digest, bytes, origin, arrival: arrivalOf(digest) };
}

async function tagsOf(
  { manifest }: ComposedImage,
  tags: readonly string[],
  destination: ImageStore,
  ctx: Ctx,
): Promise<readonly string[]> {
  const digests = await Promise.all(tags.map((tag) => destination.resolve(tag, ctx)));
  return tags.filter((_, at) => digests[at] === manifest.descriptor.digest);
}

interface ManifestPut extends Pick<PackRequest, 'destination' | 'tags'> {
  readonly sources: readonly BlobSource[];
  readonly pusher: BlobPusher;
}

/** A registry may have lost what it has an image of; then everything is looked for, and brought. */
async function putManifest({ manifest }: ComposedImage, put: ManifestPut, ctx: Ctx): Promise<void> {
  try {
    await put.destination.putManifest(manifest, put.tags, ctx);
  } catch (error) {
    if (!isBlobUnknown(error)) throw error;
    for (const source of put.sources) put.pusher.put(source);
    await put.pusher.settle();
    await put.destination.putManifest(manifest, put.tags, ctx);
  }
}

function isBlobUnknown(error: unknown): boolean {
  const codes = error instanceof ToolError ? error.details.codes : undefined;
  return Array.isArray(codes) && codes.includes('MANIFEST_BLOB_UNKNOWN');
}

function platformOf(base: PackBase): Platform {
  if (base.kind === 'scratch') return base.platform;
  const { architecture, os, variant } = base.image.config;
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}
