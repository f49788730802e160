import { buffer } from 'node:stream/consumers';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { Platform } from '../image/descriptor.ts';
import { parseImageConfig } from '../image/image-config.ts';
import type { ImageStore, StoredManifest } from '../image/image-store.ts';
import { parseManifest } from '../image/manifest.ts';
import { readImage, type StoredImage } from '../image/read-image.ts';

/** An image that was there before. */
export interface BuiltImage {
  readonly tag: string;
  /** What the tag stands for: an index, where it is for several platforms. */
  readonly stored: StoredManifest;
  /** In the order of the platforms that were asked for. */
  readonly images: readonly StoredImage[];
  /** Of the first of them: what says from what all were made is the same in each. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface BuiltRequest {
  readonly store: ImageStore;
  readonly platforms: readonly Platform[];
  /** What errors call it. */
  readonly name: string;
}

/** What a tag stands for; for one platform two reads: the manifest and the configuration. `undefined` where nothing is there, and for what is no
 *  image for exactly these platforms: whatever is in the way is replaced.
 *  @throws {ToolError} what the store throws */
export async function findBuilt(tag: string, request: BuiltRequest, ctx: Ctx): Promise<BuiltImage | undefined> {
  const { platforms, name } = request;
  const store = remembering(request.store);
  try {
    const stored = await store.manifest(tag, ctx);
    if (stored === undefined || !isFor(platforms, stored, name)) return undefined;
    const reading = platforms.map((platform) => readImage({ store, reference: tag, platform, name }, ctx));
    const images = (await Promise.all(reading)).filter((image) => image !== undefined);
    const labels = images[0]?.config.config?.Labels ?? {};
    return images.length === platforms.length ? { tag, stored, images, labels } : undefined;
  } catch (error) {
    if (error instanceof ToolError && REPLACED.has(error.code)) return undefined;
    throw error;
  }
}

/** An image that must be there, for all platforms that it is for.
 *  @throws {ToolError} IMAGE_NOT_FOUND, MANIFEST_INVALID, MANIFEST_UNSUPPORTED, and what the store throws */
export async function openBuilt(
  reference: string,
  request: Omit<BuiltRequest, 'platforms'>,
  ctx: Ctx,
): Promise<{ readonly image: BuiltImage; readonly platforms: readonly Platform[]; readonly name: string }> {
  const { name } = request;
  const platforms = await platformsAt(reference, request, ctx);
  const image = platforms && (await findBuilt(reference, { ...request, platforms }, ctx));
  if (platforms !== undefined && image !== undefined) return { image, platforms, name };
  throw new ToolError('IMAGE_NOT_FOUND', `Cannot find the image "${name}"`, { details: { image: name } });
}

/** Those of its index, or the one that its configuration says. */
async function platformsAt(
  reference: string,
  { store, name }: Omit<BuiltRequest, 'platforms'>,
  ctx: Ctx,
): Promise<readonly Platform[] | undefined> {
  const stored = await store.manifest(reference, ctx);
  if (stored === undefined) return undefined;
  const parsed = parseManifest(stored, name);
  if (parsed.kind === 'index') return sorted(parsed.index.manifests.flatMap(({ platform }) => platform ?? []));
  const bytes = await buffer(await store.blob(parsed.manifest.config, ctx));
  const { os, architecture, variant } = parseImageConfig(bytes, name);
  return [{ os, architecture, ...(variant === undefined ? {} : { variant }) }];
}

function sorted(platforms: readonly Platform[]): readonly Platform[] {
  const known = platforms.filter(({ os, architecture }) => os !== UNKNOWN && architecture !== UNKNOWN);
  return known.toSorted((a, b) => (formatPlatform(a) < formatPlatform(b) ? -1 : 1));
}

/** Of attestations, which some put into an index. */
const UNKNOWN = 'unknown';

const REPLACED = new Set(['MANIFEST_INVALID', 'MANIFEST_UNSUPPORTED', 'ARCHITECTURE_NOT_FOUND']);

function isFor(platforms: readonly Platform[], stored: StoredManifest, name: string): boolean {
  const parsed = parseManifest(stored, name);
  if (parsed.kind === 'manifest') return platforms.length === 1;
  const has = parsed.index.manifests.flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : []));
  const wanted = platforms.map(formatPlatform);
  return has.length === wanted.length && wanted.every((platform) => has.includes(platform));
}

/** Asks for each manifest once. */
function remembering(store: ImageStore): ImageStore {
  const asked = new Map<string, Promise<StoredManifest | undefined>>();
  return {
    manifest: (reference, ctx) => {
      const known = asked.get(reference) ?? store.manifest(reference, ctx);
      asked.set(reference, known);
      return known;
    },
    blob: (descriptor, ctx) => store.blob(descriptor, ctx),
    putBlob: (blob, ctx) => store.putBlob(blob, ctx),
    putManifest: (manifest, tags, ctx) => store.putManifest(manifest, tags, ctx),
    resolve: (reference, ctx) => store.resolve(reference, ctx),
  };
}
