import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import type { Attributes, LayerEntry } from '../image/layer-source.ts';
import { fileEntry, type Part, SYSTEM_FILE, SYSTEM_PROGRAM } from './part.ts';

/** The scripts of the s2i contract for a builder: those in `builder-images/<name>/s2i`, of the built package at `root`. */
export async function scriptsPart(
  root: string,
  name: string,
  folders: Readonly<Record<string, Attributes>>,
): Promise<Part> {
  const folder = join(root, 'dist', 'image', name, 's2i');
  const names = (await readdir(folder)).toSorted();
  const entries = await Promise.all(
    names.map(async (file) => {
      const attributes = file.includes('.') ? SYSTEM_FILE : SYSTEM_PROGRAM;
      return fileEntry(`${IMAGE_PATHS.scripts}/${file}`, await readFile(join(folder, file)), attributes);
    }),
  );
  return known({ kind: 'scripts', createdBy: `hibana: s2i scripts for ${name}`, parents: folders }, entries);
}

/** The launcher of the built package at `root`: one file. */
export async function launcherPart(root: string): Promise<Part> {
  const program = await readFile(join(root, 'dist', 'image', 'launcher.mjs'));
  const entries = [fileEntry(IMAGE_PATHS.launcher, program)];
  return known({ kind: 'launcher', createdBy: 'hibana: launcher', parents: {} }, entries);
}

/** A part of files that are in memory: its key is their content. */
export function known(part: Omit<Part, 'key' | 'entries'>, entries: readonly LayerEntry[]): Part {
  const hash = createHash('sha256').update(JSON.stringify(part.parents));
  for (const entry of entries) {
    if (entry.kind !== 'file' || entry.content.kind !== 'bytes') throw new Error(`${entry.path} is not in memory`);
    hash.update(`${entry.path}\0${entry.mode}\0${entry.size}\0`).update(entry.content.bytes);
  }
  return { ...part, key: [part.kind, hash.digest('hex')].join('/'), entries: async () => entries };
}
