import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Ctx } from '../../../runtime/core/context.ts';
import { writeAtomically } from '../../../runtime/platform/atomic-write.ts';
import { makeFolders } from '../../../runtime/platform/make-folders.ts';
import { parseJson } from '../../image/json.ts';
import { hashOf } from '../content-hash.ts';

/** An SBOM that is not attached yet: the manifest and the document, as they would have been stored. */
export interface PendingSbom {
  readonly manifest: string;
  readonly document: string;
}

/** SBOMs that a place does not have yet, kept on this machine: the next build that finds the image there attaches them, and need not make it again to
 *  know what it consists of. A cache that cannot be written to keeps none. */
export interface PendingSboms {
  keep(image: string, sbom: PendingSbom, ctx: Ctx): Promise<void>;
  /** By the image's digest. Asks nobody else. */
  find(image: string): Promise<PendingSbom | undefined>;
  forget(image: string): Promise<void>;
}

/** Those of one place, by the name that it has. */
export function createPendingSboms(cache: string, place: string): PendingSboms {
  const folder = join(cache, 'sboms');
  const fileOf = (image: string): string => join(folder, hashOf({ place, image }));
  return {
    async keep(image, sbom, { now }) {
      try {
        makeFolders(folder);
        await removeOld(folder, now() - KEPT_MS);
        await writeAtomically(fileOf(image), JSON.stringify(sbom));
      } catch {
        // It costs the second attempt, and no more.
      }
    },
    async find(image) {
      const bytes = await readFile(fileOf(image)).catch(() => undefined);
      const parsed = bytes && PendingSchema.safeParse(parseJson(bytes));
      return parsed?.success === true ? parsed.data : undefined;
    },
    forget: (image) => rm(fileOf(image), { force: true }).catch(() => {}),
  };
}

const PendingSchema = z.object({ manifest: z.string(), document: z.string() });
const KEPT_MS = 30 * 24 * 60 * 60 * 1_000;

/** Of images that nobody builds any more. Another build may delete the same, and what stays costs a few bytes. */
async function removeOld(folder: string, before: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < before) await rm(path, { force: true }).catch(() => {});
  }
}
