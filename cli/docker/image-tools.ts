import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { parsePlatforms } from '../build/platforms.ts';
import { caFileOf, openRegistries, type RegistryFlags } from '../builder/open-registries.ts';
import type { AppContext } from '../commands/command.ts';
import type { Registries } from '../image/registry/registries.ts';
import { bringImage } from './bring-image.ts';
import { launcherImage } from './launcher-image.ts';

export interface ImageFlags extends RegistryFlags {
  readonly 'index-url'?: string | undefined;
}

/** What it takes of whoever has images in a daemon. */
export type ImageContext = Pick<AppContext, 'env' | 'home' | 'cwd' | 'arch' | 'pid' | 'platform' | 'version' | 'root'>;

export interface ToolsInput {
  readonly docker: Docker;
  readonly flags: ImageFlags;
  /** A folder for what is made on the way. */
  readonly scratch: string;
  /** For the environment of every child. */
  readonly marker: Readonly<Record<string, string>>;
}

/** Has images in a daemon, with our own logins. */
export interface ImageTools extends AsyncDisposable {
  readonly registries: Registries;
  /** The id of an image, as bringImage. `keepAs`: the name that it gets where it has to be brought. */
  bring(name: string, ctx: Ctx, keepAs?: string): Promise<string>;
  /** The id of hibana's own image, as launcherImage. */
  launcher(named: string | null, ctx: Ctx): Promise<string>;
}

/** Nothing is asked yet. */
export function openImageTools({ docker, flags, scratch, marker }: ToolsInput, app: ImageContext): ImageTools {
  const { env, home, cwd, arch, pid, platform: os } = app;
  const registries = openRegistries(flags, app);
  const [platform = { os: 'linux', architecture: arch }] = parsePlatforms([], arch);
  const bringing = { docker, platform, places: { registries, cwd, pid }, scratch };
  const index = { indexUrl: flags['index-url'] ?? null, caFile: caFileOf(flags, cwd) };
  const { cache } = foldersFrom(env, home);
  const toolchain = { cache, env, home, platform: os, arch, pid, extraEnv: marker, index };
  return {
    registries,
    bring: (name, ctx, keepAs) => bringImage({ ...bringing, name, keepAs }, ctx),
    launcher: (named, ctx) => launcherImage({ ...bringing, named, toolchain }, app, ctx),
    [Symbol.asyncDispose]: () => registries[Symbol.asyncDispose](),
  };
}
