import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { type ImageIndex, parseManifest } from '../manifest.ts';
import { MEDIA_TYPES } from '../media-types.ts';

/** What a layout keeps under a name, and what else is in `index.json`. Source: OCI image-spec, image-layout.md. */
export const INDEX_FILE = 'index.json';
/** The annotation that is a tag. */
export const REF_NAME = 'org.opencontainers.image.ref.name';

const EMPTY: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests: [] };

/** The index of a layout; an empty one where there is no file.
 *  @throws {ToolError} MANIFEST_INVALID */
export async function readIndex(folder: string): Promise<ImageIndex> {
  const path = join(folder, INDEX_FILE);
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (bytes === undefined) return EMPTY;
  const descriptor = { mediaType: MEDIA_TYPES.oci.index, digest: '', size: bytes.length };
  const parsed = parseManifest({ descriptor, bytes }, path);
  if (parsed.kind === 'index') return parsed.index;
  throw new ToolError('MANIFEST_INVALID', `Cannot read "${path}": it is no index`);
}

/** Under which digest a tag is; of several the last, as of those who write without looking. */
export function findTag({ manifests }: ImageIndex, tag: string): Descriptor | undefined {
  return manifests.findLast(({ annotations }) => annotations?.[REF_NAME] === tag);
}

/** The index with the manifest under each tag and nothing else under them; all other entries and fields stay. */
export function withTags(index: ImageIndex, descriptor: Descriptor, tags: readonly string[]): ImageIndex {
  const others = index.manifests.filter(({ annotations }) => !tags.includes(annotations?.[REF_NAME] ?? ''));
  const tagged = tags.map((tag) => ({ ...descriptor, annotations: { ...descriptor.annotations, [REF_NAME]: tag } }));
  return { ...index, manifests: [...others, ...tagged] };
}

/** Puts the file in place whole, also when the power fails: it is what says which of the blobs are images. */
export async function writeIndex(folder: string, index: ImageIndex): Promise<void> {
  const temporary = join(folder, `.${INDEX_FILE}.${randomBytes(6).toString('hex')}`);
  try {
    await writeSynced(temporary, JSON.stringify(index));
    await rename(temporary, join(folder, INDEX_FILE));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx');
  await file.writeFile(text);
  await file.sync();
}
