import { join } from 'node:path';
import type { ClusterState, ClusterStatus } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { type MasterPage, readMasterPage } from '../master-page.ts';
import { type ClusterDescription, clusterFolder, listClusterNames, readDescription } from './cluster-folder.ts';
import { readProcessRecords } from './process-record.ts';
import { isRunning } from './process-table.ts';
import { findShared, type SharedCluster } from './shared-cluster.ts';
import { findUnreadable, unreadableStatus } from './unreadable-cluster.ts';

/** The clusters that have a folder, whoever made them. A cluster whose launcher is gone, and a shared one of which nothing runs,
 *  is `orphaned`: `prune` deletes it. So it does with an `unreadable` one, when nothing of it is alive. */
export async function* listClusters(stateFolder: string, ctx: Ctx): AsyncIterable<ClusterStatus> {
  for (const name of await listClusterNames(stateFolder)) {
    const report = await reportCluster(stateFolder, name, ctx);
    if (report !== undefined) yield report.status;
  }
}

export interface ClusterReport {
  readonly status: ClusterStatus;
  /** What its master says; `undefined` where it does not answer. */
  readonly page: MasterPage | undefined;
}

/** One cluster and what its master says; `undefined` when there is none of this name. */
export async function reportCluster(stateFolder: string, name: string, ctx: Ctx): Promise<ClusterReport | undefined> {
  const { root } = clusterFolder(stateFolder, name);
  const description = await readDescription(clusterFolder(stateFolder, name));
  if (!description) {
    const unreadable = await findUnreadable(stateFolder, name);
    return unreadable && { status: unreadableStatus(unreadable), page: undefined };
  }
  const { run, master, webUi, workers, createdAt, shared } = description;
  const page = webUi === null ? undefined : await readMasterPage(webUi, ctx.signal);
  const judged = shared === undefined ? await judgeOwn(description, page) : await judgeShared(description, root, page);
  const versions = { spark: shared?.spark ?? null, python: shared?.python ?? null };
  const facts = { name, platform: 'local', run, master, webUi, workers, createdAt } as const;
  return { status: { ...facts, shared: shared !== undefined, ...versions, ...judged }, page };
}

type Judged = Pick<ClusterStatus, 'state' | 'problem'>;

async function judgeOwn(description: ClusterDescription, page: MasterPage | undefined): Promise<Judged> {
  const hasLauncher = description.ownerDirectory !== null && (await hasLivingLauncher(description.ownerDirectory));
  if (!hasLauncher) return { state: 'orphaned', problem: 'its launcher is gone' };
  const state: ClusterState = description.webUi === null ? 'starting' : page?.status === 'ALIVE' ? 'ready' : 'ending';
  return { state, problem: null };
}

async function judgeShared(
  { workers, shared }: ClusterDescription,
  root: string,
  page: MasterPage | undefined,
): Promise<Judged> {
  if (shared?.complete === false) {
    const isBeingMade = await isRunning(shared.creator);
    return isBeingMade
      ? { state: 'starting', problem: null }
      : { state: 'orphaned', problem: 'it was never completed' };
  }
  const records = await readProcessRecords(join(root, LeaseFile.processes));
  const running = await Promise.all(records.map(isRunning));
  const hasMaster = records.some(({ role }, index) => role === 'master' && running[index] === true);
  if (!running.includes(true)) return { state: 'orphaned', problem: 'none of its processes runs' };
  if (!hasMaster) return { state: 'degraded', problem: 'its master is not running' };
  if (page?.status !== 'ALIVE') return { state: 'degraded', problem: 'its master does not answer' };
  if (page.aliveWorkers === workers) return { state: 'ready', problem: null };
  return { state: 'degraded', problem: `${page.aliveWorkers} of ${workers} workers are alive` };
}

/** The shared cluster of this name when nothing of it runs any more, or nobody will complete it. */
export async function findDeadShared(stateFolder: string, name: string, ctx: Ctx): Promise<SharedCluster | undefined> {
  const { shared, state } = (await reportCluster(stateFolder, name, ctx))?.status ?? {};
  return shared === true && state === 'orphaned' ? findShared(stateFolder, name) : undefined;
}

/** Whether the launcher, or a guard that is about to sweep, is alive: then nobody else may clean up after it. */
export async function hasLivingLauncher(leaseDirectory: string): Promise<boolean> {
  const records = await readProcessRecords(join(leaseDirectory, LeaseFile.keepers));
  const running = await Promise.all(records.map(isRunning));
  return running.includes(true);
}
