import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { deploymentFolder } from './file-store.ts';

/** The runs that have a record, by the names of their files: whoever forgets old runs leaves them alone. Reads none of them. */
export async function deployedRuns(stateFolder: string): Promise<ReadonlySet<string>> {
  const names = await readdir(deploymentFolder(stateFolder, '')).catch(() => []);
  const files = await Promise.all(
    names.map((name) => readdir(join(deploymentFolder(stateFolder, name), 'runs')).catch(() => [])),
  );
  return new Set(files.flat().flatMap((file) => /^\d+_(.+)\.json$/.exec(file)?.[1] ?? []));
}
