import { systemCode, ToolError } from '../core/errors.ts';

/** Does file work and says in our codes what stopped it. `otherFolder` is the hint for a folder that is no part of our own: how to name another.
 *  @throws {ToolError} DISK_FULL (ENOSPC, EDQUOT), FOLDER_READ_ONLY (EACCES, EPERM, EROFS, ENOTDIR); any other error passes on. */
export async function writingTo<T>(
  folder: string,
  action: string,
  work: () => Promise<T>,
  otherFolder?: string,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, folder, action, otherFolder);
  }
}

const FULL = new Set(['ENOSPC', 'EDQUOT']);
/** ENOTDIR: the home of a system user may be /dev/null. */
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR']);

function fileError(error: unknown, folder: string, action: string, otherFolder?: string): unknown {
  const code = systemCode(error) ?? '';
  const details = { folder, errno: code };
  if (FULL.has(code)) {
    return new ToolError('DISK_FULL', `Cannot ${action} in "${folder}": no space is left`, { cause: error, details });
  }
  if (NOT_WRITABLE.has(code)) {
    return new ToolError('FOLDER_READ_ONLY', `Cannot ${action} in "${folder}": the folder cannot be written to`, {
      cause: error,
      details,
      ...(otherFolder === undefined ? {} : { hint: otherFolder }),
    });
  }
  return error;
}
