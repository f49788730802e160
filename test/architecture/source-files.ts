import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Path relative to the repository → text. */
export type SourceFiles = ReadonlyMap<string, string>;

export const root = join(import.meta.dirname, '../..');

/** What is shipped, and what makes it. Template applications are users' code and fixtures too: they are not ours to wall. */
export const SHIPPED = ['cli', 'runtime', 'templates', 'builder-images'] as const;

const NOT_OURS = /(^|\/)(node_modules|dist|__pycache__)\/|^templates\/apps\/|^test\/fixtures\//;

/** The TypeScript files of the folders, read now. */
export function readSourceFiles(folders: readonly string[], from: string = root): SourceFiles {
  const patterns = folders.map((folder) => `${folder}/**/*.{ts,tsx}`);
  const paths = globSync(patterns, { cwd: from }).filter((path) => !NOT_OURS.test(path));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(from, path), 'utf8')]));
}
