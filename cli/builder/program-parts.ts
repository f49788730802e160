import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import { launcherLayer, readLauncher } from '../build/host/launcher-layer.ts';
import type { Attributes } from '../image/layer-source.ts';
import { fileEntry, known, type Part, SYSTEM_FILE, SYSTEM_PROGRAM } from './part.ts';

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

/** This program at `path`: what it loads, its templates, and what it puts into images itself.
 *  What `dist` has from builds before is not in the list, and not in the image. */
export async function programPart(
  root: string,
  path: string,
  folders: Readonly<Record<string, Attributes>>,
): Promise<Part> {
  const list = await readFile(join(root, 'dist', 'image', PROGRAM_LIST), 'utf8');
  const files = [...list.split('\n').filter((name) => name !== ''), 'package.json'];
  const templates = await readdir(join(root, TEMPLATES), { recursive: true, withFileTypes: true });
  for (const entry of templates) {
    if (entry.isFile()) files.push(relative(root, join(entry.parentPath, entry.name)));
  }
  const entries = files.map(async (name) => fileEntry(`${path}/${name}`, await readFile(join(root, name))));
  return known({ kind: 'program', createdBy: 'hibana: program', parents: folders }, await Promise.all(entries));
}

/** Written by the build: a file a line. */
const PROGRAM_LIST = 'program.txt';
const TEMPLATES = 'templates/apps';

/** The launcher of the built package at `root`: the layer that applications have, too. */
export async function launcherPart(root: string): Promise<Part> {
  const { kind, key, createdBy, parents, entries } = launcherLayer(
    await readLauncher(join(root, 'dist', 'image', 'launcher.mjs')),
  );
  return { kind, key, createdBy, parents, entries: (_dir, ctx) => Array.fromAsync(entries(ctx)) };
}
