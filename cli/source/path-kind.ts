import { statSync } from 'node:fs';
import { systemCode } from '../../runtime/core/errors.ts';

/** What is at a path, links followed; `null`: nothing. What cannot be looked at counts as a directory: who opens it says why it cannot. */
export function pathKind(path: string): 'directory' | 'file' | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    return stats.isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return 'directory';
  }
}
