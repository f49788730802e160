import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, cp, lstat, mkdir, mkdtemp, readlink, rename, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../../../runtime/core/errors.ts';
import { removeTree } from '../../../runtime/platform/local/remove-tree.ts';
import { deploymentFolder } from '../file-store.ts';

/** The folder of a kept tree. */
export function treeFolder(stateFolder: string, name: string, key: string): string {
  return join(deploymentFolder(stateFolder, name), 'trees', key);
}

export interface TreeWanted {
  readonly stateFolder: string;
  readonly name: string;
  /** The application's folder, and the files of it that count. */
  readonly dir: string;
  readonly files: readonly string[];
  /** Where the copy is made, on the same file system: whoever cleans up there cleans up after this process, should it be killed. */
  readonly scratch: string;
}

/** Keeps a copy of an application's files that no run writes to, and gives its key: the same files, modes and links have the same one, and are
 *  kept once. Whole or not at all. */
export async function keepTree({ stateFolder, name, dir, files, scratch }: TreeWanted): Promise<string> {
  const key = await contentKey(dir, files);
  const folder = treeFolder(stateFolder, name, key);
  if ((await lstat(folder).catch(() => undefined)) !== undefined) return key;
  const beside = await mkdtemp(join(scratch, 'tree-'));
  try {
    for (const file of files) await copyEntry(join(dir, file), join(beside, file));
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    await rename(beside, folder);
  } catch (error) {
    await removeTree(beside);
    // Somebody else kept the same tree meanwhile.
    if (!['EEXIST', 'ENOTEMPTY'].includes(systemCode(error) ?? '')) throw error;
  }
  return key;
}

/** A run's own copy, which it may write to: the kept tree stays as it is. */
export async function copyTree(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
}

const KEY_LENGTH = 24;

async function contentKey(dir: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files.toSorted()) {
    const path = join(dir, file);
    const entry = await lstat(path);
    const isLink = entry.isSymbolicLink();
    hash.update(`${file}\0${isLink ? 'link' : isExecutable(entry.mode) ? 'program' : 'file'}\0${entry.size}\0`);
    if (isLink) hash.update(await readlink(path));
    else await pipeline(createReadStream(path), hash, { end: false });
  }
  return hash.digest('hex').slice(0, KEY_LENGTH);
}

async function copyEntry(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const entry = await lstat(from);
  if (entry.isSymbolicLink()) return symlink(await readlink(from), to);
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, isExecutable(entry.mode) ? 0o700 : 0o600);
}

function isExecutable(mode: number): boolean {
  return (mode & 0o100) !== 0;
}
