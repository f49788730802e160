import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode, ToolError } from '../core/errors.ts';

/** As `mkdir -p`, and says when the folder may not be written to. Node's own recursive one never comes back where the parent
 *  is there and the answer is ENOENT all the same, as below /proc.
 *  @throws {ToolError} FOLDER_READ_ONLY there; any error of the file system else */
export function makeFolders(path: string, mode = 0o777): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) makeMissing(path, mode);
  accessSync(path, constants.W_OK);
}

function makeMissing(path: string, mode: number): void {
  const parent = dirname(path);
  if (statSync(parent, { throwIfNoEntry: false }) === undefined) makeMissing(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') throw new ToolError('FOLDER_READ_ONLY', `Cannot make the folder "${path}"`, { cause });
    if (code !== 'EEXIST') throw cause;
  }
}
