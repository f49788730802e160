import { posix } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { BUILDER_LABELS } from '../build/builder-labels.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { StoredImage } from '../image/read-image.ts';
import { findInImage } from './find-in-image.ts';

/** What `usage` of a builder of hibana's prints, read from its layers: nothing is run. `undefined` for a builder of somebody else, and for a script
 *  that does more than print one text. `scripts` is the folder of the image that has it. */
export async function readUsage(
  { config, manifest }: StoredImage,
  scripts: string,
  store: Pick<ImageStore, 'blob'>,
  ctx: Ctx,
): Promise<string | undefined> {
  if (config.config?.Labels?.[BUILDER_LABELS.builder] === undefined) return undefined;
  const wanted = posix.join(scripts, 'usage').slice(1);
  const search = {
    ...{ store, layers: manifest.layers },
    wants: (path: string) => (path === wanted ? ('content' as const) : null),
    isDone: (found: ReadonlyMap<string, unknown>) => found.has(wanted),
  };
  const file = (await findInImage(search, ctx)).get(wanted);
  return file?.content == null ? undefined : printedText(file.content.toString());
}

/** The text that a shell script prints, where it does nothing else. */
export function printedText(script: string): string | undefined {
  const [, end, text] = /^#!\/bin\/sh\nset -eu\ncat <<'(\w+)'\n([\s\S]*)\n\1\n$/.exec(script) ?? [];
  if (end === undefined || text === undefined || text.split('\n').includes(end)) return undefined;
  return text;
}
