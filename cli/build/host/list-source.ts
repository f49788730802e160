import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import ignore from 'ignore';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import { type IgnoreRules, rootRules } from '../../source/ignore-rules.ts';

/** What a source has in one place. Paths are bytes: a file's name need be no UTF-8. */
export type SourceEntry =
  | { readonly kind: 'directory'; readonly path: Buffer }
  | {
      readonly kind: 'file';
      readonly path: Buffer;
      /** On this machine. */
      readonly place: Buffer;
      readonly size: number;
      readonly mode: number;
    }
  | { readonly kind: 'symlink'; readonly path: Buffer; readonly target: Buffer };

export interface SourceRules {
  /** Whether `.gitignore` counts: not in a checkout. */
  readonly gitignore: boolean;
  /** Patterns as in `.gitignore`: hibana.yaml's `build.exclude`. */
  readonly exclude: readonly string[];
}

/** All of a source but `.git` and what `.hibanaignore`, `.s2iignore`, `.gitignore` and `exclude` leave out; sorted by path. Folders are there also
 *  when they are empty. Sockets, pipes and devices are left out. A link that names its target by its place on this machine is made relative.
 *  @throws {ToolError} FILE_UNREADABLE */
export async function listSource(dir: string, rules: SourceRules): Promise<readonly SourceEntry[]> {
  const found: SourceEntry[] = [];
  const excluded = ignore({ ignorecase: false }).add([...rules.exclude]);
  const isExcluded = (path: string, isDirectory: boolean) => excluded.ignores(`${path}${isDirectory ? '/' : ''}`);
  const walk: Walk = { dir, found, isExcluded };
  await visit(walk, Buffer.alloc(0), await rootRules(dir, rules.gitignore));
  return found.sort((a, b) => a.path.compare(b.path));
}

interface Walk {
  readonly dir: string;
  /** Filled while walking. */
  readonly found: SourceEntry[];
  readonly isExcluded: (path: string, isDirectory: boolean) => boolean;
}

async function visit(walk: Walk, folder: Buffer, outer: IgnoreRules): Promise<void> {
  const entries = await readFolder(placeOf(walk, folder));
  const rules = entries.some(({ name }) => name.equals(GITIGNORE)) ? await outer.enter(folder.toString()) : outer;
  for (const entry of entries) {
    const path = folder.length === 0 ? entry.name : Buffer.concat([folder, SLASH, entry.name]);
    const text = path.toString();
    const isDirectory = entry.isDirectory();
    if (entry.name.equals(GIT) || rules.ignores(text, isDirectory) || walk.isExcluded(text, isDirectory)) continue;
    if (isDirectory) {
      walk.found.push({ kind: 'directory', path });
      await visit(walk, path, rules);
    } else if (entry.isFile()) {
      const place = placeOf(walk, path);
      const { size, mode } = await lstat(place);
      walk.found.push({ kind: 'file', path, place, size, mode });
    } else if (entry.isSymbolicLink()) {
      const target = await readlink(placeOf(walk, path), { encoding: 'buffer' });
      walk.found.push({ kind: 'symlink', path, target: withoutPlace(target, path, walk.dir) });
    }
  }
}

const GIT = Buffer.from('.git');
const GITIGNORE = Buffer.from('.gitignore');
const SLASH = Buffer.from('/');

function placeOf({ dir }: Walk, path: Buffer): Buffer {
  return path.length === 0 ? Buffer.from(dir) : Buffer.concat([Buffer.from(`${dir}/`), path]);
}

async function readFolder(place: Buffer): Promise<readonly Dirent<Buffer>[]> {
  return readdir(place, { withFileTypes: true, encoding: 'buffer' }).catch((cause: unknown) => {
    throw new ToolError('FILE_UNREADABLE', `Cannot read the folder "${place}": ${systemCode(cause) ?? 'unknown'}`, {
      cause,
      hint: 'Make it readable, or leave it out with .hibanaignore',
    });
  });
}

/** The tree was found to hold no link that leaves it: an absolute one is into the tree. */
function withoutPlace(target: Buffer, path: Buffer, dir: string): Buffer {
  const text = target.toString();
  if (text !== dir && !text.startsWith(dir + sep)) return target;
  const folder = path.toString().split('/').slice(0, -1).join('/');
  return Buffer.from(relative(`${dir}/${folder}`, text) || '.');
}
