import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../../runtime/core/errors.ts';
import type { FolderProbe } from './folder-checks.ts';

/** Looks at the real file system, without writing to it. */
export const folderProbe: FolderProbe = {
  async nearest(folder) {
    let path = folder;
    while (!(await isThere(path)) && path !== dirname(path)) path = dirname(path);
    return path;
  },
  async isWritable(folder) {
    if (!(await stat(folder)).isDirectory()) return false;
    return access(folder, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
  },
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/** A path that may not be looked at is there: it is what stands in the way. */
async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error) => !['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? ''),
  );
}
