import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { systemCode, ToolError } from '../../runtime/core/errors.ts';

/** Checks the text of `--context-dir`, before anything is fetched: a folder below the root, written plainly. `null` for the root itself.
 *  @throws {ToolError} CONTEXT_DIR_INVALID */
export function checkContextDir(text: string | null): string | null {
  if (text === null) return null;
  if (text.startsWith('/') || text.startsWith('-'))
    throw refused(text, 'it must be relative to the root of the source');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no folder is meant by a name with control characters
  if (/[\u0000-\u001f\u007f\\]/.test(text)) throw refused(text, 'it has a character that no path here has');
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refused(text, 'it leaves the source');
  if (parts.some((part) => part.toLowerCase() === '.git')) throw refused(text, 'it names git files');
  return parts.length === 0 ? null : parts.join('/');
}

/** The real path of the application's folder in the tree `root`.
 *  @throws {ToolError} CONTEXT_DIR_INVALID when it is missing, no folder, or leads out of the tree by a link. */
export async function enterContextDir(root: string, contextDir: string | null): Promise<string> {
  const top = await realpath(root);
  const checked = checkContextDir(contextDir);
  if (checked === null) return top;
  const dir = await realpath(join(top, checked)).catch((error: unknown) => {
    if (systemCode(error) === undefined) throw error;
    throw refused(checked, 'the source has no such folder', error);
  });
  if (!dir.startsWith(top + sep)) throw refused(checked, 'a link in it leaves the source');
  if (!(await stat(dir)).isDirectory()) throw refused(checked, 'it is a file');
  return dir;
}

function refused(text: string, why: string, cause?: unknown): ToolError {
  return new ToolError('CONTEXT_DIR_INVALID', `Cannot use ${JSON.stringify(text)} as the context directory: ${why}`, {
    cause,
  });
}
