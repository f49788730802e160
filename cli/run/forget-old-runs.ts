import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';

/** Keeps the logs of the newest runs that have ended and deletes those of the others. Runs without an outcome are not touched, nor are those that
 *  `isKept` names: they are somebody else's to forget. */
export async function forgetOldRuns(
  stateFolder: string,
  keep: number,
  isKept: (run: string) => boolean = () => false,
): Promise<readonly string[]> {
  const folder = join(stateFolder, 'runs');
  const names = (await readdir(folder).catch(() => [])).filter((name) => !isKept(name));
  const ended = await Promise.all(
    names.map(async (name) => {
      const outcome = await stat(join(folder, name, LeaseFile.outcome)).catch(() => undefined);
      return outcome === undefined ? [] : [{ name, endedAt: outcome.mtimeMs }];
    }),
  );
  const old = ended
    .flat()
    .sort((a, b) => b.endedAt - a.endedAt)
    .slice(keep);
  await Promise.all(old.map(({ name }) => rm(join(folder, name), { recursive: true, force: true })));
  return old.map(({ name }) => name);
}
