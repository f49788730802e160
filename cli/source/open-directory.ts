import { realpath, stat } from 'node:fs/promises';
import { systemCode, ToolError } from '../../runtime/core/errors.ts';
import { enterContextDir } from './context-dir.ts';
import type { Source, SourceTree } from './source.ts';

/** A directory as it is: nothing is copied, and disposing deletes nothing.
 *  @throws {ToolError} SOURCE_NOT_FOUND, FILE_UNREADABLE, CONTEXT_DIR_INVALID */
export async function openDirectory(source: Extract<Source, { kind: 'directory' }>): Promise<SourceTree> {
  const { path, contextDir } = source;
  const root = await realpath(path).catch((cause: unknown) => {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw notFound(path, 'there is no such directory', cause);
    throw new ToolError('FILE_UNREADABLE', `Cannot open the directory "${path}": ${code ?? 'unknown'}`, { cause });
  });
  if (!(await stat(root)).isDirectory()) throw notFound(path, 'it is a file');
  const dir = await enterContextDir(root, contextDir);
  const description = contextDir === null ? path : `${path} (${contextDir})`;
  return { dir, commit: null, commitTime: null, description, [Symbol.asyncDispose]: async () => {} };
}

function notFound(path: string, why: string, cause?: unknown): ToolError {
  return new ToolError('SOURCE_NOT_FOUND', `Cannot open the directory "${path}": ${why}`, { cause });
}
