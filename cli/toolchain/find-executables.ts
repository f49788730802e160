import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../packages/machine.ts';

/** Every program of that name on the PATH, in its order. */
export async function findExecutables(name: string, env: Environment): Promise<readonly string[]> {
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const paths = [...new Set(folders)].map((folder) => join(folder, name));
  const found = await Promise.all(paths.map(isExecutable));
  return paths.filter((_, index) => found[index]);
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
