import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { AppContext } from '../commands/command.ts';
import type { Platform } from '../image/descriptor.ts';
import { digestOf } from '../image/digest.ts';
import type { ImageStore } from '../image/image-store.ts';
import { createPackageSource, type ToolchainDeps } from '../toolchain/deps.ts';
import { buildBuilder } from './build-builder.ts';
import { hibanaImage } from './hibana-image.ts';
import { imagePlace, type PlaceDeps } from './image-place.ts';

export type OwnProgram = Pick<AppContext, 'version' | 'root'>;

export interface OwnImage {
  readonly destination: ImageStore;
  readonly tag: string;
  readonly platform: Platform;
  readonly places: PlaceDeps;
  readonly toolchain: ToolchainDeps;
  readonly scratch: string;
}

const KEY_DIGITS = 12;

/** The tag of hibana's own image of this version, by the bytes of its launcher. */
export async function ownImageTag({ version, root }: OwnProgram): Promise<string> {
  // Chunks are named for what is in them: these files stand for all.
  const files = ['docker', 'kubernetes'].map((name) => `launcher/${name}.mjs`);
  const parts = [...files, 'image/launcher.mjs', 'image/member.mjs', 'image/program.txt'];
  const bytes = await Promise.all(parts.map((file) => readFile(join(root, 'dist', file))));
  const key = digestOf(Buffer.concat(bytes)).slice('sha256:'.length, 'sha256:'.length + KEY_DIGITS);
  return `${version}-${key}`;
}

/** Composes hibana's own image of packages, and puts it under the tag: nobody's registry is needed but that of its base.
 *  @throws {ToolError} LAUNCHER_IMAGE_MISSING when it cannot be made; rejects with `signal.reason` on abort */
export async function composeOwnImage(
  { destination, tag, platform, places, toolchain, scratch }: OwnImage,
  { root, version }: OwnProgram,
  ctx: Ctx,
): Promise<void> {
  try {
    await using source = createPackageSource(toolchain);
    await buildBuilder(
      {
        ...{ what: hibanaImage, platforms: [platform], spark: '', python: null, libc: null, tags: [tag], scratch },
        base: imagePlace(hibanaImage.defaultBase, places),
        destination,
      },
      { toolchain, source, root, version },
      ctx,
    );
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof ToolError)) throw error;
    throw new ToolError('LAUNCHER_IMAGE_MISSING', `Cannot make hibana's own image: ${error.message}`, {
      cause: error,
      details: { code: error.code, ...error.details },
    });
  }
}
