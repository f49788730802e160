import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LeaseFile } from '../../core/lease-directory.ts';
import { clusterFolder, listClusterNames, readDescription } from './cluster-folder.ts';
import { hasLivingLauncher } from './list-clusters.ts';
import type { SweptRun } from './sweep.ts';

/** The runs that have something left and nobody who would clean it up: no outcome, or a cluster of theirs still there, and neither
 *  a launcher nor a guard alive. */
export async function findOrphans(stateFolder: string): Promise<readonly SweptRun[]> {
  const runs = new Set(await unfinishedRuns(stateFolder));
  for (const name of await listClusterNames(stateFolder)) {
    const run = (await readDescription(clusterFolder(stateFolder, name)))?.run;
    if (run != null) runs.add(run);
  }
  const orphans: SweptRun[] = [];
  for (const run of [...runs].sort()) {
    const leaseDirectory = join(stateFolder, 'runs', run);
    if (!(await hasLivingLauncher(leaseDirectory))) orphans.push({ run, leaseDirectory, stateFolder });
  }
  return orphans;
}

async function unfinishedRuns(stateFolder: string): Promise<readonly string[]> {
  const folder = join(stateFolder, 'runs');
  const names = await readdir(folder).catch(() => []);
  const unfinished = await Promise.all(
    names.map(async (name) => (await isUnfinished(join(folder, name))) && !(await isNew(join(folder, name)))),
  );
  return names.filter((_, index) => unfinished[index] === true);
}

/** A launcher makes its directory a moment before it puts itself on record there. */
async function isNew(leaseDirectory: string): Promise<boolean> {
  const [keepers, made] = await Promise.all([
    stat(join(leaseDirectory, LeaseFile.keepers)).catch(() => undefined),
    stat(leaseDirectory).catch(() => undefined),
  ]);
  return keepers === undefined && made !== undefined && Date.now() - made.birthtimeMs < NEW_MS;
}

const NEW_MS = 60_000;

async function isUnfinished(leaseDirectory: string): Promise<boolean> {
  const exists = (name: string): Promise<boolean> =>
    stat(join(leaseDirectory, name)).then(
      () => true,
      () => false,
    );
  return !(await exists(LeaseFile.outcome)) || (await exists(LeaseFile.scratch));
}
