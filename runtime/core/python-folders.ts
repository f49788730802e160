import { posix } from 'node:path';

/** The folders of a source that Python imports from, relative to its root. The entry's folder comes first, because that is where Python looks
 *  first in the driver: executors must find the same modules. `hasSources`: there are modules in `src/`. */
export function pythonFolders(entry: string, hasSources: boolean): readonly string[] {
  return [...new Set([posix.dirname(entry), '.', ...(hasSources ? ['src'] : [])])];
}
