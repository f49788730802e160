import { formatPlatform, parsePlatform } from '../image/choose-platform.ts';
import type { Platform } from '../image/descriptor.ts';
import { platformOf } from './machine-platform.ts';

/** The platforms that `--arch amd64,arm64` names, each once and sorted; this machine's where it names none.
 *  @throws {ToolError} USAGE */
export function parsePlatforms(texts: readonly string[], arch: string): readonly Platform[] {
  const names = texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
  const all = names.length === 0 ? [platformOf(arch)] : names.map((name) => parsePlatform(name.trim()));
  const byName = new Map(all.map((platform) => [formatPlatform(platform), platform]));
  return [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, platform]) => platform);
}
