import { ToolError } from '../../runtime/core/errors.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { Platform } from '../image/descriptor.ts';
import type { Libc, Machine } from '../packages/machine.ts';

/** The machine for which packages are fetched, by the words of an image.
 *  @throws {ToolError} ARCHITECTURE_NOT_FOUND for one that has no Java, uv or Node as a package */
export function machineOf(platform: Platform, libc: Libc): Machine {
  const arch = platform.os === 'linux' ? NODE_NAMES[platform.architecture] : undefined;
  if (arch !== undefined) return { platform: 'linux', arch, libc };
  const known = Object.keys(NODE_NAMES);
  throw new ToolError(
    'ARCHITECTURE_NOT_FOUND',
    `Cannot make a builder for ${formatPlatform(platform)}: its parts are there for ${known.join(' and ')}`,
    { details: { wanted: formatPlatform(platform), there: known } },
  );
}

/** What Node calls the architectures that images call so. */
const NODE_NAMES: Readonly<Record<string, string>> = { amd64: 'x64', arm64: 'arm64' };

/** `glibc-2.36` */
export function formatLibc({ kind, version }: Libc): string {
  return `${kind}-${version.join('.')}`;
}

/** @throws {ToolError} USAGE */
export function parseLibc(text: string): Libc {
  const [, kind, major, minor] = /^(glibc|musl)-(\d+)\.(\d+)$/.exec(text) ?? [];
  if (kind !== 'glibc' && kind !== 'musl') {
    throw new ToolError('USAGE', `Cannot read "${text}" as a libc`, { hint: 'Write it as glibc-2.36' });
  }
  return { kind, version: [Number(major), Number(minor)] };
}
