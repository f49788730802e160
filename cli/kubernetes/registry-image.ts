import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import { formatImageRef } from '../../runtime/core/image-ref.ts';
import { findInImage } from '../builder/find-in-image.ts';
import { imagePlace, type PlaceDeps } from '../builder/image-place.ts';
import { type ImageContents, type ImageLook, READ_FILES, readContents } from '../docker/image-contents.ts';
import type { Platform } from '../image/descriptor.ts';
import { ownLayers } from '../image/own-layers.ts';
import { readImage, type StoredImage } from '../image/read-image.ts';

export interface RegistryImage extends ImageContents {
  /** By digest, as nodes take it: `registry.example/team/app@sha256:…`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What an image in a registry says of itself. Of its layers those are read that may say something, and no further than needed.
 *  @throws {ToolError} IMAGE_NOT_FOUND, IMAGE_INCOMPLETE, REGISTRY_…; USAGE for one that is in no registry */
export async function readRegistryImage(
  name: string,
  platform: Platform,
  places: PlaceDeps,
  ctx: Ctx,
): Promise<RegistryImage> {
  const place = imagePlace(name, places);
  if (place.ref === null) {
    throw new ToolError('USAGE', `Cannot run "${name}" on Kubernetes: its nodes take images from registries`, {
      hint: 'Push it with "hibana build … --image registry.example/team/app"',
    });
  }
  const image = await readImage({ store: place.store, reference: place.reference, platform, name }, ctx);
  if (image === undefined) throw new ToolError('IMAGE_NOT_FOUND', `Cannot find the image "${name}"`);
  const digest = image.index ?? image.descriptor.digest;
  return {
    ...(await readContents(await lookInto(image, place.store, ctx), name)),
    name: formatImageRef({ ...place.ref, tag: null, digest }),
    labels: image.config.config?.Labels ?? {},
  };
}

async function lookInto(
  image: StoredImage,
  store: Parameters<typeof findInImage>[0]['store'],
  ctx: Ctx,
): Promise<ImageLook> {
  // They are the largest of ours, and have nothing that is asked for.
  const dependencies = new Set(
    ownLayers(image).flatMap(({ kind, descriptor }) => (kind === 'dependencies' ? [descriptor.digest] : [])),
  );
  const wanted = new Set(READ_FILES.map(inLayer));
  const app = `${inLayer(IMAGE_PATHS.app)}/`;
  const found = await findInImage(
    {
      store,
      layers: image.manifest.layers.filter(({ digest }) => !dependencies.has(digest)),
      wants: (path) => (wanted.has(path) ? 'content' : path.startsWith(app) ? 'entry' : null),
      // It is the builder's, below all that is the application's.
      isDone: (files) => files.has(inLayer(IMAGE_PATHS.toolchain)),
    },
    ctx,
  );
  return {
    text: async (path) => found.get(inLayer(path))?.content?.toString(),
    has: async (path) => found.has(inLayer(path)),
  };
}

function inLayer(path: string): string {
  return path.replace(/^\//, '');
}
