import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from './cli.ts';

/** A directory in `home` with these files: an application to give to the CLI. */
export async function sourceFolder(home: Home, files: Readonly<Record<string, string>>, name = 'app'): Promise<string> {
  const folder = join(home.path, name);
  await mkdir(folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}
