import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { buildBuilder } from '../builder/build-builder.ts';
import { hibanaImage } from '../builder/hibana-image.ts';
import { imagePlace, type PlaceDeps } from '../builder/image-place.ts';
import type { AppContext } from '../commands/command.ts';
import { createDaemonStore } from '../image/daemon/daemon-store.ts';
import type { Platform } from '../image/descriptor.ts';
import { digestOf } from '../image/digest.ts';
import { createPackageSource, type ToolchainDeps } from '../toolchain/deps.ts';
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

type Program = Pick<AppContext, 'version' | 'root'>;

const REPOSITORY = { registry: 'localhost', repository: 'hibana' };
const KEY_DIGITS = 12;

/** The id of hibana's own image in the daemon. The one of this version, by the bytes of its launcher, is composed from packages and loaded when it is
 *  missing: nobody's registry is needed but that of its base.
 *  @throws {ToolError} IMAGE_NOT_FOUND for one that is named; LAUNCHER_IMAGE_MISSING when it cannot be made */
export async function launcherImage(wanted: LauncherImageWanted, app: Program, ctx: Ctx): Promise<string> {
  const { named, docker, platform, places, scratch } = wanted;
  if (named !== null) return bringImage({ name: named, platform, docker, places, scratch }, ctx);
  const tag = await ownTag(app);
  const name = nameOf(tag);
  const there = await findImageId(docker, name, ctx);
  if (there !== undefined) return there;
  try {
    await compose(tag, wanted, app, ctx);
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof ToolError)) throw error;
    throw new ToolError('LAUNCHER_IMAGE_MISSING', `Cannot make hibana's own image: ${error.message}`, {
      cause: error,
      details: { code: error.code, ...error.details },
    });
  }
  const made = await findImageId(docker, name, ctx);
  if (made === undefined) throw new ToolError('IMAGE_LOAD_FAILED', `Cannot find "${name}" after it was loaded`);
  return made;
}

/** What the image of this version is called in a daemon that has it. */
export async function ownImageName(app: Program): Promise<string> {
  return nameOf(await ownTag(app));
}

async function ownTag({ version, root }: Program): Promise<string> {
  return `${version}-${await launcherKey(root)}`;
}

function nameOf(tag: string): string {
  return `${REPOSITORY.registry}/${REPOSITORY.repository}:${tag}`;
}

async function compose(
  tag: string,
  { docker, platform, places, toolchain, scratch }: LauncherImageWanted,
  { root, version }: Program,
  ctx: Ctx,
): Promise<void> {
  await using source = createPackageSource(toolchain);
  await buildBuilder(
    {
      ...{ what: hibanaImage, platforms: [platform], spark: '', python: null, libc: null, tags: [tag], scratch },
      base: imagePlace(hibanaImage.defaultBase, places),
      destination: createDaemonStore({ docker, ref: REPOSITORY }),
    },
    { toolchain, source, root, version },
    ctx,
  );
}

/** Chunks are named for what is in them: these files stand for all. */
async function launcherKey(root: string): Promise<string> {
  const files = ['launcher/docker.mjs', 'image/launcher.mjs', 'image/program.txt'];
  const bytes = await Promise.all(files.map((file) => readFile(join(root, 'dist', file))));
  return digestOf(Buffer.concat(bytes)).slice('sha256:'.length, 'sha256:'.length + KEY_DIGITS);
}
