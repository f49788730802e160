import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { PlaceDeps } from '../builder/image-place.ts';
import { composeOwnImage, type OwnProgram, ownImageTag } from '../builder/own-image.ts';
import { createDaemonStore } from '../image/daemon/daemon-store.ts';
import type { Platform } from '../image/descriptor.ts';
import type { ToolchainDeps } from '../toolchain/deps.ts';
import { bringImage, findImageId } from './bring-image.ts';

export interface LauncherImageWanted {
  /** What somebody names; `null`: the one of this version. */
  readonly named: string | null;
  readonly docker: Docker;
  readonly platform: Platform;
  readonly places: PlaceDeps;
  readonly toolchain: ToolchainDeps;
  readonly scratch: string;
}

const REPOSITORY = { registry: 'localhost', repository: 'hibana' };

/** The id of hibana's own image in the daemon. The one of this version, by the bytes of its launcher, is composed from packages and loaded when it is
 *  missing: nobody's registry is needed but that of its base.
 *  @throws {ToolError} IMAGE_NOT_FOUND for one that is named; LAUNCHER_IMAGE_MISSING when it cannot be made */
export async function launcherImage(wanted: LauncherImageWanted, app: OwnProgram, ctx: Ctx): Promise<string> {
  const { named, docker, platform, places, toolchain, scratch } = wanted;
  if (named !== null) return bringImage({ name: named, platform, docker, places, scratch }, ctx);
  const tag = await ownImageTag(app);
  const name = nameOf(tag);
  const there = await findImageId(docker, name, ctx);
  if (there !== undefined) return there;
  const destination = createDaemonStore({ docker, ref: REPOSITORY });
  await composeOwnImage({ destination, tag, platform, places, toolchain, scratch }, app, ctx);
  const made = await findImageId(docker, name, ctx);
  if (made === undefined) throw new ToolError('IMAGE_LOAD_FAILED', `Cannot find "${name}" after it was loaded`);
  return made;
}

/** What the image of this version is called in a daemon that has it. */
export async function ownImageName(app: OwnProgram): Promise<string> {
  return nameOf(await ownImageTag(app));
}

function nameOf(tag: string): string {
  return `${REPOSITORY.registry}/${REPOSITORY.repository}:${tag}`;
}
