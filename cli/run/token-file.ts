import { accessSync, constants, statSync } from 'node:fs';
import { ToolError } from '../../runtime/core/errors.ts';

/** Checks that a file of a token can be read and has something in it; it is read later, and may be a pipe. `file` is how it was named, `path` where it is.
 *  @throws {ToolError} FILE_UNREADABLE */
export function checkTokenFile(file: string, path: string): void {
  if (!isReadable(path)) {
    throw new ToolError('FILE_UNREADABLE', `Cannot read the token file "${file}"`, {
      ...(file.startsWith('~/') ? { hint: 'Write $HOME instead of ~, which a shell leaves as it is after HOST=' } : {}),
    });
  }
  const found = statSync(path);
  if (found.isFile() && found.size === 0) {
    throw new ToolError('FILE_UNREADABLE', `Cannot use the token file "${file}": it is empty`, {
      hint: 'Write the token into it, and nothing else',
    });
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
