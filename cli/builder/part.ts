import { createHash } from 'node:crypto';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import type { Attributes, LayerEntry, LayerKind } from '../image/layer-source.ts';

/** What becomes one layer of a builder. */
export interface Part {
  readonly kind: LayerKind;
  /** Two parts of one key have the same content, on every machine. */
  readonly key: string;
  /** For people. */
  readonly createdBy: string;
  /** Of the folders above what is in it. */
  readonly parents: Readonly<Record<string, Attributes>>;
  /** What is in it, only called when no layer of that key is there. `dir` is an empty folder for what has to be unpacked; it has to stay until
   *  the layer is written, and is deleted then by whoever made it. */
  entries(dir: string, ctx: Ctx): Promise<readonly LayerEntry[]>;
}

/** Everything that is not the user's own: nobody but root changes it, everybody reads it. */
export const SYSTEM_FILE: Attributes = { mode: 0o644, uid: 0, gid: 0 };
export const SYSTEM_PROGRAM: Attributes = { ...SYSTEM_FILE, mode: 0o755 };

/** A file of a layer whose bytes are known. `path` is relative to the root of the image, or absolute. */
export function fileEntry(path: string, text: string | Buffer, attributes: Attributes = SYSTEM_FILE): LayerEntry {
  const bytes = Buffer.from(text);
  const content = { kind: 'bytes', bytes } as const;
  return { kind: 'file', path: inImage(path), ...attributes, size: bytes.length, content };
}

export function directoryEntry(path: string, attributes: Attributes = SYSTEM_PROGRAM): LayerEntry {
  return { kind: 'directory', path: inImage(path), ...attributes };
}

export function symlinkEntry(path: string, target: string): LayerEntry {
  return { kind: 'symlink', path: inImage(path), mode: 0o777, uid: 0, gid: 0, target: Buffer.from(target) };
}

/** A part of folders, links, and files that are in memory: its key is their content. */
export function known(part: Omit<Part, 'key' | 'entries'>, entries: readonly LayerEntry[]): Part {
  const hash = createHash('sha256').update(JSON.stringify(part.parents));
  for (const entry of entries) {
    const { kind, path } = entry;
    if (kind === 'whiteout' || kind === 'hardlink') throw new Error(`${path} is no folder, file or link`);
    const size = kind === 'file' ? entry.size : 0;
    hash.update([kind, path, entry.mode, entry.uid, entry.gid, size, ''].join('\0'));
    if (kind === 'file' && entry.content.kind !== 'bytes') throw new Error(`${path} is not in memory`);
    if (kind === 'file' && entry.content.kind === 'bytes') hash.update(entry.content.bytes);
    if (kind === 'symlink') hash.update(entry.target);
  }
  return { ...part, key: [part.kind, hash.digest('hex')].join('/'), entries: async () => entries };
}

/** The files and links of a folder as entries below `path`. Owner and mode follow from a rule and not from the disk, which depends on who
 *  unpacked it: root's, and executable for all where its owner may execute it. `keep` is asked with paths relative to the folder. */
export async function treeEntries(
  folder: string,
  path: string,
  keep: (name: string) => boolean = () => true,
): Promise<readonly LayerEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries = found.map(async (entry): Promise<readonly LayerEntry[]> => {
    const file = join(entry.parentPath, entry.name);
    const name = relative(folder, file);
    if (!keep(name)) return [];
    if (entry.isSymbolicLink()) return [symlinkEntry(`${path}/${name}`, await readlink(file))];
    if (!entry.isFile()) return [];
    const { mode, size } = await lstat(file);
    const attributes = mode & OWNER_EXECUTES ? SYSTEM_PROGRAM : SYSTEM_FILE;
    const content = { kind: 'path', path: file } as const;
    return [{ kind: 'file', path: inImage(`${path}/${name}`), ...attributes, size, content }];
  });
  return (await Promise.all(entries)).flat();
}

const OWNER_EXECUTES = 0o100;

function inImage(path: string): Buffer {
  return Buffer.from(path.replace(/^\/+/, ''));
}
