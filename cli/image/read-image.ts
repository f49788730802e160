import type { Readable } from 'node:stream';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { choosePlatform, missingArchitecture, runsOn } from './choose-platform.ts';
import type { Descriptor, Platform } from './descriptor.ts';
import { type ImageConfig, parseImageConfig } from './image-config.ts';
import type { ImageStore, StoredManifest } from './image-store.ts';
import { type ImageManifest, parseManifest } from './manifest.ts';
import { kindOf } from './media-types.ts';

/** An image as it is in a store: what its manifest and its configuration say. */
export interface StoredImage {
  /** Of the manifest: the image of one platform, also where the name is that of an index. */
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** The digest of the index it was chosen from; `null` when the name is that of the image itself. */
  readonly index: string | null;
}

export interface ImageRequest {
  readonly store: ImageStore;
  /** A tag or a digest. */
  readonly reference: string;
  readonly platform: Platform;
  /** What errors call it: the whole name. */
  readonly name: string;
}

/** Reads an image for a platform, of an index the one that fits; no layer is read. `undefined` when it is not there.
 *  @throws {ToolError} MANIFEST_UNSUPPORTED (schema 1, no image), MANIFEST_INVALID, ARCHITECTURE_NOT_FOUND; what the store throws passes on */
export async function readImage(request: ImageRequest, ctx: Ctx): Promise<StoredImage | undefined> {
  const { store, reference, platform, name } = request;
  const stored = await store.manifest(reference, ctx);
  if (stored === undefined) return undefined;
  const parsed = parseManifest(stored, name);
  if (parsed.kind === 'manifest') return withConfig(stored, parsed.manifest, null, request, ctx);
  const chosen = choosePlatform(parsed.index, platform, name);
  const inner = await store.manifest(chosen.digest, ctx);
  const innerParsed = inner && parseManifest(inner, name);
  if (innerParsed?.kind !== 'manifest') {
    throw new ToolError(
      'MANIFEST_INVALID',
      `Cannot read "${name}": its index names ${chosen.digest}, which is no image`,
    );
  }
  return withConfig(inner as StoredManifest, innerParsed.manifest, stored.descriptor.digest, request, ctx);
}

/** Far above any real one; a store may be anybody's. */
const MAXIMUM_CONFIG_BYTES = 8 * 2 ** 20;

async function withConfig(
  { descriptor }: StoredManifest,
  manifest: ImageManifest,
  index: string | null,
  { store, platform, name }: ImageRequest,
  ctx: Ctx,
): Promise<StoredImage> {
  if (kindOf(manifest.config.mediaType) !== 'config') {
    throw new ToolError(
      'MANIFEST_UNSUPPORTED',
      `Cannot use "${name}": it is no image but ${manifest.config.mediaType}`,
      {
        hint: 'Name an image that containers can be made of',
      },
    );
  }
  if (manifest.config.size > MAXIMUM_CONFIG_BYTES) {
    throw new ToolError(
      'MANIFEST_INVALID',
      `Cannot read "${name}": its configuration has ${manifest.config.size} bytes`,
    );
  }
  const config = parseImageConfig(await readAll(await store.blob(manifest.config, ctx)), name);
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    const counts = `${manifest.layers.length} layers in its manifest, ${config.rootfs.diff_ids.length} in its configuration`;
    throw new ToolError('MANIFEST_INVALID', `Cannot use "${name}": ${counts}`);
  }
  if (!runsOn(config, platform)) throw missingArchitecture(name, platform, [config]);
  return { descriptor, manifest, config, index };
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
