import { resolve } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { formatImageRef, type ImageRef, parseImageRef, referenceOf } from '../../runtime/core/image-ref.ts';
import type { Platform } from '../image/descriptor.ts';
import type { ImageStore } from '../image/image-store.ts';
import { parseLayoutRef } from '../image/layout/layout-ref.ts';
import { createLayoutStore } from '../image/layout/layout-store.ts';
import { readImage, type StoredImage } from '../image/read-image.ts';
import type { Registries } from '../image/registry/registries.ts';

/** An image by its name, and where it can be read. */
export interface ImagePlace {
  readonly store: ImageStore;
  /** In the store: a tag or a digest. */
  readonly reference: string;
  /** The name, as errors have it. */
  readonly name: string;
  /** As other machines would call it: of a folder it is the tag alone. */
  readonly publicName: string;
  /** `null` where it is no registry. */
  readonly ref: ImageRef | null;
}

export interface PlaceDeps {
  readonly registries: Registries;
  readonly cwd: string;
  readonly pid: number;
}

/** Reads the name of an image: `oci:DIR[:TAG]`, or one of a registry. Nothing is asked yet.
 *  @throws {ToolError} IMAGE_NAME_INVALID */
export function imagePlace(text: string, { registries, cwd, pid }: PlaceDeps): ImagePlace {
  const layout = parseLayoutRef(text);
  if (layout !== undefined) {
    const store = createLayoutStore({ folder: resolve(cwd, layout.folder), pid });
    const tag = layout.tag ?? DEFAULT_TAG;
    const name = layout.tag === null ? `${text}:${DEFAULT_TAG}` : text;
    return { store, reference: tag, name, publicName: tag, ref: null };
  }
  const ref = parseImageRef(text);
  const name = formatImageRef(ref);
  return { store: registries.store(ref), reference: referenceOf(ref), name, publicName: name, ref };
}

/** The base at a place, for a platform.
 *  @throws {ToolError} BASE_NOT_FOUND, and what readImage throws */
export async function readBase(place: ImagePlace, platform: Platform, ctx: Ctx): Promise<StoredImage> {
  const image = await readImage({ ...place, platform }, ctx).catch((error: unknown) => {
    if (!(error instanceof ToolError) || error.code !== 'REGISTRY_UNREACHABLE') throw error;
    const { code, message, details, cause } = error;
    throw new ToolError(code, message, {
      details,
      cause,
      hint: `The base "${place.name}" is to come from there: name one that can be reached with --base`,
    });
  });
  if (image !== undefined) return image;
  const details = { base: place.name };
  throw new ToolError('BASE_NOT_FOUND', `Cannot find the base "${place.name}"`, { details, ...folderHint(place) });
}

/** The builder at a place, for a platform.
 *  @throws {ToolError} BUILDER_NOT_FOUND, and what readImage throws */
export async function readBuilderImage(place: ImagePlace, platform: Platform, ctx: Ctx): Promise<StoredImage> {
  const image = await readImage({ ...place, platform }, ctx);
  if (image !== undefined) return image;
  const { name } = place;
  const details = { builder: name };
  throw new ToolError('BUILDER_NOT_FOUND', `Cannot find the builder image "${name}"`, {
    details,
    ...folderHint(place),
  });
}

/** Nobody pulls from a folder. */
function folderHint({ ref }: ImagePlace): { readonly hint?: string } {
  return ref === null ? { hint: 'Name the folder and a tag that is in its index.json: oci:DIR:TAG' } : {};
}

const DEFAULT_TAG = 'latest';
