import { ToolError } from '../../runtime/core/errors.ts';
import type { Descriptor, Platform } from './descriptor.ts';
import type { ImageIndex } from './manifest.ts';
import { kindOf } from './media-types.ts';

/** The image of an index for a kind of machine: of several that run there the one with the highest variant, of equal ones the first. Attestations
 *  and what is for another system are no images.
 *  @throws {ToolError} ARCHITECTURE_NOT_FOUND, with those that are there
 *  Source: OCI image-spec, image-index.md; the order of variants that containerd uses. */
export function choosePlatform(index: ImageIndex, wanted: Platform, name: string): Descriptor {
  const images = index.manifests.filter((descriptor) => kindOf(descriptor.mediaType) === 'manifest');
  const named = images.filter(isImage);
  const ranked = named
    .map((descriptor) => ({ descriptor, rank: rankOf(descriptor.platform, wanted) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => b.rank - a.rank);
  // An index that somebody made of one image may not say for what it is; its configuration does.
  const chosen = ranked[0]?.descriptor ?? (images.length === 1 && named.length === 0 ? silent(images[0]) : undefined);
  if (chosen === undefined) {
    throw missingArchitecture(
      name,
      wanted,
      named.flatMap(({ platform }) => (platform ? [platform] : [])),
    );
  }
  return chosen;
}

/** `arm64`, `arm/v7`, `windows/amd64`: the system only where it is another one than Linux. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return `${os === LINUX ? '' : `${os}/`}${architecture}${variant === undefined ? '' : `/${variant}`}`;
}

export const LINUX = 'linux';

/** Reads what `--arch` takes: `amd64`, `arm/v7`, with `linux/` before it if one likes.
 *  @throws {ToolError} USAGE */
export function parsePlatform(text: string): Platform {
  const match = /^(?:linux\/)?([a-z0-9_]+)(?:\/(v\d+))?$/.exec(text);
  const [, architecture, variant] = match ?? [];
  if (architecture === undefined || architecture === LINUX) {
    throw new ToolError('USAGE', `Cannot read "${text}" as an architecture`, {
      hint: 'Write it as amd64, arm64 or arm/v7',
    });
  }
  const known = OTHER_NAMES[architecture];
  if (known !== undefined) {
    throw new ToolError('USAGE', `Cannot use "${text}" as an architecture`, {
      hint: `Write ${known}: images call it so`,
    });
  }
  return { os: LINUX, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** What machines and compilers call architectures that images have another name for. */
const OTHER_NAMES: Readonly<Record<string, string>> = { x86: 'amd64', x86_64: 'amd64', x64: 'amd64', aarch64: 'arm64' };

/** Whether an image of one platform runs on the other: the same architecture, and no variant that is above it. */
export function runsOn(platform: Platform, wanted: Platform): boolean {
  return rankOf(platform, wanted) >= 0;
}

export function missingArchitecture(name: string, wanted: Platform, there: readonly Platform[]): ToolError {
  const names = [...new Set(there.map(formatPlatform))];
  return new ToolError(
    'ARCHITECTURE_NOT_FOUND',
    `Cannot use "${name}" for ${formatPlatform(wanted)}: it is there for ${names.join(', ') || 'nothing'}`,
    { details: { name, wanted: formatPlatform(wanted), there: names } },
  );
}

/** The variant that is meant where none is said. */
const DEFAULT_VARIANTS: Readonly<Record<string, number>> = { arm: 7, arm64: 8, amd64: 1 };
const UNKNOWN = 'unknown';

function isImage({ platform }: Descriptor): boolean {
  return platform !== undefined && platform.os !== UNKNOWN && platform.architecture !== UNKNOWN;
}

function silent(descriptor: Descriptor | undefined): Descriptor | undefined {
  return descriptor?.platform === undefined ? descriptor : undefined;
}

/** -1 for what does not run there. */
function rankOf(platform: Platform | undefined, wanted: Platform): number {
  if (platform?.architecture !== wanted.architecture || platform.os !== wanted.os) return -1;
  const variant = variantOf(platform);
  return variant <= variantOf(wanted) ? variant : -1;
}

function variantOf({ architecture, variant }: Platform): number {
  const digits = /^v(\d+)/.exec(variant ?? '')?.[1];
  return digits === undefined ? (DEFAULT_VARIANTS[architecture] ?? 0) : Number(digits);
}
