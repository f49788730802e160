import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { removeClusterFolder } from '../../runtime/platform/local/cluster-folder.ts';
import { reportCluster } from '../../runtime/platform/local/list-clusters.ts';
import { deleteShared, isMasterRunning, type SharedCluster } from '../../runtime/platform/local/shared-cluster.ts';
import {
  findUnreadable,
  processesIn,
  type UnreadableCluster,
} from '../../runtime/platform/local/unreadable-cluster.ts';
import { needShared } from './change-cluster.ts';
import { clusterUsers } from './cluster-users.ts';

/** A shared cluster, or the folder of one that nobody can read. */
export type DeletableCluster =
  | { readonly kind: 'shared'; readonly cluster: SharedCluster }
  | { readonly kind: 'unreadable'; readonly cluster: UnreadableCluster };

/** @throws {ToolError} CLUSTER_NOT_FOUND, also for the own cluster of a run and for one that is being made */
export async function needDeletable(stateFolder: string, name: string): Promise<DeletableCluster> {
  const unreadable = await findUnreadable(stateFolder, name);
  if (unreadable !== undefined && unreadable.problem !== null) return { kind: 'unreadable', cluster: unreadable };
  return { kind: 'shared', cluster: await needShared(stateFolder, name, 'delete') };
}

/** Deletes what nobody uses; with `force` also a shared cluster that somebody does, or of which its master does not tell. Gives what is left, in
 *  words.
 *  @throws {ToolError} CLUSTER_IN_USE */
export async function deleteCluster(
  { kind, cluster }: DeletableCluster,
  { stateFolder, force }: { readonly stateFolder: string; readonly force: boolean },
  ctx: Ctx,
): Promise<readonly string[]> {
  const { name } = cluster;
  if (kind === 'unreadable') {
    const pids = await processesIn(stateFolder, cluster);
    if (pids.length > 0) throw stillRuns(cluster, pids);
    await removeClusterFolder(cluster.folder);
    return [];
  }
  if (force) return deleteShared(cluster);
  const page = (await reportCluster(stateFolder, name, ctx))?.page;
  if (page === undefined && cluster.description.webUi !== null && (await isMasterRunning(cluster))) {
    throw new ToolError('CLUSTER_IN_USE', `Cannot tell who uses the cluster "${name}": its master does not answer`, {
      hint: 'Try again when the machine has less to do, or delete it with --force',
      details: { users: [] },
    });
  }
  const users = await clusterUsers(stateFolder, name, page);
  if (users.length > 0) {
    throw new ToolError('CLUSTER_IN_USE', `Cannot delete the cluster "${name}": ${users.join(', ')} on it`, {
      details: { users },
    });
  }
  return deleteShared(cluster);
}

/** What its processes are nobody can say, so nobody ends them either. */
function stillRuns({ name, problem }: UnreadableCluster, pids: readonly number[]): ToolError {
  const users = pids.map((pid) => `process ${pid}`);
  return new ToolError(
    'CLUSTER_IN_USE',
    `Cannot delete the cluster "${name}": ${problem}, and ${users.join(', ')} runs`,
    {
      hint: 'Delete it with the version of hibana that made it, or end these processes first',
      details: { users },
    },
  );
}
