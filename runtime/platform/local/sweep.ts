import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LeaseFile } from '../../core/lease-directory.ts';
import { DOCKER_PLACE } from '../docker/docker-place.ts';
import {
  clusterFolder,
  keepExecutorLogs,
  listClusterNames,
  readDescription,
  removeClusterFolder,
} from './cluster-folder.ts';
import { endProcesses } from './end-processes.ts';
import { settleLost } from './lost-run.ts';
import { readProcessRecords } from './process-record.ts';
import { removeTree } from './remove-tree.ts';

export interface SweptRun {
  readonly run: string;
  /** `<state>/runs/<run>` */
  readonly leaseDirectory: string;
  readonly stateFolder: string;
  /** Writes the outcome `lost` where there is none: for whoever sweeps in place of a launcher that is gone. */
  readonly markLost?: boolean;
}

/** Ends and deletes all that a run had: its processes, its clusters, its checkout and temporary files. Its logs stay.
 *  Idempotent, and safe to run from several processes at once. Gives what is left, in words; empty in all good cases. */
export async function sweepRun(swept: SweptRun): Promise<readonly string[]> {
  const records = await readProcessRecords(join(swept.leaseDirectory, LeaseFile.processes));
  const alive = await endProcesses(swept.run, records);
  const leftovers = alive.map(({ pid }) => `process ${pid}: kill -9 ${pid}`);
  leftovers.push(...(await sweepElsewhere(swept)));
  for (const name of await listClusterNames(swept.stateFolder)) {
    const folder = clusterFolder(swept.stateFolder, name);
    if ((await readDescription(folder))?.run !== swept.run) continue;
    await keepExecutorLogs(folder, join(swept.leaseDirectory, LeaseFile.logs));
    leftovers.push(...(await remove(folder.root, () => removeClusterFolder(folder))));
  }
  for (const name of [LeaseFile.scratch, LeaseFile.request]) {
    const path = join(swept.leaseDirectory, name);
    leftovers.push(...(await remove(path, () => removeTree(path))));
  }
  if (swept.markLost === true) {
    await settleLost(swept, leftovers);
    for (const name of [LeaseFile.processes, LeaseFile.keepers])
      await rm(join(swept.leaseDirectory, name), { force: true });
  }
  return leftovers;
}

/** The client of a platform is loaded only where a run has something there. */
async function sweepElsewhere({ run, leaseDirectory }: SweptRun): Promise<readonly string[]> {
  const isInDocker = await access(join(leaseDirectory, DOCKER_PLACE)).then(
    () => true,
    () => false,
  );
  if (!isInDocker) return [];
  const { sweepRunInDocker } = await import('../docker/sweep-run.ts');
  return sweepRunInDocker(run, leaseDirectory);
}

async function remove(path: string, work: () => Promise<void>): Promise<readonly string[]> {
  try {
    await work();
    return [];
  } catch {
    return [`folder ${path}: rm -rf ${path}`];
  }
}
