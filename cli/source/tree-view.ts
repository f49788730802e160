import type { Dirent } from 'node:fs';
import { readFileSync, statSync } from 'node:fs';
import { readdir, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeView } from '../../builder-images/builder.ts';
import { systemCode, ToolError } from '../../runtime/core/errors.ts';
import { type IgnoreRules, rootRules } from './ignore-rules.ts';
import { linkLeavesTree } from './link-error.ts';
import { staysInside } from './links.ts';

export interface TreeViewOptions {
  /** Whether `.gitignore` counts. Default true; false for a checkout, where a file is tracked whatever `.gitignore` says. */
  readonly gitignore?: boolean;
}

const READABLE_BYTES = 1024 ** 2;

/** Lists the tree in `dir` without what `.hibanaignore`, `.s2iignore` and `.gitignore` leave out (the first named wins), and without `.git`.
 *  Reads no file but those. Links are listed as files and not followed; sockets and devices are left out.
 *  @throws {ToolError} SOURCE_UNSAFE for a link that leaves the tree; one that is ignored is not looked at.
 *    FILE_UNREADABLE for a folder that may not be read. */
export async function viewTree(dir: string, options: TreeViewOptions = {}): Promise<TreeView> {
  const root = await realpath(dir);
  const files: string[] = [];
  await walk({ root, files }, '', await rootRules(root, options.gitignore ?? true));
  files.sort();
  const known = new Set(files);
  return { files, readText: (path) => (known.has(path) ? readText(join(root, path)) : undefined) };
}

interface Walk {
  readonly root: string;
  /** Filled while walking. */
  readonly files: string[];
}

async function walk(found: Walk, folder: string, outer: IgnoreRules): Promise<void> {
  const entries = await readFolder(join(found.root, folder));
  const rules = entries.some(({ name }) => name === '.gitignore') ? await outer.enter(folder) : outer;
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.name === '.git' || rules.ignores(path, entry.isDirectory())) continue;
    if (entry.isDirectory()) await walk(found, path, rules);
    else if (await isFile(entry, path, found.root)) found.files.push(path);
  }
}

async function readFolder(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new ToolError(
      'FILE_UNREADABLE',
      `Cannot read the folder "${folder}": ${systemCode(cause) ?? 'it cannot be opened'}`,
      {
        cause,
        hint: 'Make it readable, or leave it out with .hibanaignore',
      },
    );
  });
}

async function isFile(entry: Dirent, path: string, root: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  const read = (part: string): Promise<string | undefined> => readlink(join(root, part)).catch(() => undefined);
  if (await staysInside(path, root, read)) return true;
  throw linkLeavesTree(path, (await read(path)) ?? '');
}

/** A file that has gone, a link to a folder and anything else that cannot be read is no text. */
function readText(file: string): string | undefined {
  try {
    const found = statSync(file);
    if (!found.isFile() || found.size > READABLE_BYTES) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch {
    return undefined;
  }
}
