import { join } from 'node:path';
import type { ClusterState, ClusterStatus } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { readMasterPage } from '../master-page.ts';
import { type ClusterDescription, clusterFolder, listClusterNames, readDescription } from './cluster-folder.ts';
import { readProcessRecords } from './process-record.ts';
import { isRunning } from './process-table.ts';

/** The clusters that have a folder, whoever made them. A cluster whose launcher is gone is `orphaned`: `prune` deletes it. */
export async function* listClusters(stateFolder: string, ctx: Ctx): AsyncIterable<ClusterStatus> {
  for (const name of await listClusterNames(stateFolder)) {
    const description = await readDescription(clusterFolder(stateFolder, name));
    if (!description) continue;
    yield {
      name,
      platform: 'local',
      state: await stateOf(description, ctx),
      run: description.run,
      master: description.master,
      webUi: description.webUi,
      workers: description.workers,
      createdAt: description.createdAt,
    };
  }
}

async function stateOf(description: ClusterDescription, ctx: Ctx): Promise<ClusterState> {
  if (description.ownerDirectory !== null && !(await hasLivingLauncher(description.ownerDirectory))) return 'orphaned';
  if (description.webUi === null) return 'starting';
  const page = await readMasterPage(description.webUi, ctx.signal);
  return page?.status === 'ALIVE' ? 'ready' : 'ending';
}

/** Whether the launcher, or a guard that is about to sweep, is alive: then nobody else may clean up after it. */
export async function hasLivingLauncher(leaseDirectory: string): Promise<boolean> {
  const records = await readProcessRecords(join(leaseDirectory, LeaseFile.keepers));
  const running = await Promise.all(records.map(isRunning));
  return running.includes(true);
}
