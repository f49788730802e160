import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { formatImageRef, parseImageRef } from '../../runtime/core/image-ref.ts';
import { imagePlace } from '../builder/image-place.ts';
import { composeOwnImage, type OwnImage, type OwnProgram, ownImageTag } from '../builder/own-image.ts';
import { readImage } from '../image/read-image.ts';

export interface LauncherImageWanted extends Omit<OwnImage, 'destination' | 'tag'> {
  /** What somebody names; `null`: the one of this version, beside the application's image. */
  readonly named: string | null;
  /** Of the application. */
  readonly image: string;
}

/** hibana's own image by digest, as nodes take it. The one of this version is composed and pushed when it is missing.
 *  @throws {ToolError} IMAGE_NOT_FOUND for one that is named; LAUNCHER_IMAGE_MISSING when it cannot be made */
export async function launcherImage(wanted: LauncherImageWanted, app: OwnProgram, ctx: Ctx): Promise<string> {
  const { named, image, platform, places } = wanted;
  if (named !== null) return digestName(named, wanted, ctx);
  const { registry, repository } = parseImageRef(image);
  const tag = await ownImageTag(app);
  const ref = { registry, repository: repository.replace(/[^/]+$/, 'hibana'), tag, digest: null };
  const name = formatImageRef(ref);
  const there = await readImage({ ...imagePlace(name, places), platform }, ctx);
  if (there === undefined) {
    const destination = places.registries.store(ref, { access: 'push' });
    await composeOwnImage({ ...wanted, destination, tag }, app, ctx);
  }
  return digestName(name, wanted, ctx);
}

async function digestName(name: string, { platform, places }: LauncherImageWanted, ctx: Ctx): Promise<string> {
  const place = imagePlace(name, places);
  const image = place.ref === null ? undefined : await readImage({ ...place, platform, name }, ctx);
  if (place.ref === null || image === undefined) {
    throw new ToolError('IMAGE_NOT_FOUND', `Cannot find the launcher's image "${name}" in a registry`);
  }
  return formatImageRef({ ...place.ref, tag: null, digest: image.index ?? image.descriptor.digest });
}
