import type { Ctx } from '../../runtime/core/context.ts';
import { errorMessage, ToolError } from '../../runtime/core/errors.ts';
import { listClusterNames, removeClusterFolder } from '../../runtime/platform/local/cluster-folder.ts';
import { findDeadShared } from '../../runtime/platform/local/list-clusters.ts';
import { deleteShared } from '../../runtime/platform/local/shared-cluster.ts';
import { findDeadUnreadable } from '../../runtime/platform/local/unreadable-cluster.ts';
import { changeCluster } from './change-cluster.ts';
import type { DeletableCluster } from './delete-cluster.ts';

/** The names of the shared clusters, and of those that nobody can read, of which nothing is alive. Who looks later may find otherwise. */
export async function findDeadClusters(stateFolder: string, ctx: Ctx): Promise<readonly string[]> {
  const dead: string[] = [];
  for (const name of await listClusterNames(stateFolder)) {
    if ((await findDead(stateFolder, name, ctx)) !== undefined) dead.push(name);
  }
  return dead;
}

export interface Pruned {
  readonly isDeleted: boolean;
  /** In words; none in all good cases. */
  readonly leftovers: readonly string[];
}

/** Longer than a lock outlives its holder. Whoever holds it for so long is alive, and so is what they make. */
const BUSY_MS = 10_000;

/** Deletes the cluster of this name if it is dead when nobody else changes it; what another command is at work on is left to that.
 *  Never rejects: what cannot be deleted is a leftover. */
export async function pruneCluster(
  place: { readonly stateFolder: string; readonly name: string; readonly pid: number },
  ctx: Ctx,
): Promise<Pruned> {
  const { stateFolder, name } = place;
  try {
    return await changeCluster({ ...place, deadlineMs: BUSY_MS }, () => deleteDead(stateFolder, name, ctx), ctx);
  } catch (error) {
    if (error instanceof ToolError && error.code === 'LOCK_TIMEOUT') return UNTOUCHED;
    return { isDeleted: false, leftovers: [`cluster ${name}: ${errorMessage(error)}`] };
  }
}

const UNTOUCHED: Pruned = { isDeleted: false, leftovers: [] };

async function deleteDead(stateFolder: string, name: string, ctx: Ctx): Promise<Pruned> {
  const found = await findDead(stateFolder, name, ctx);
  switch (found?.kind) {
    case undefined:
      return UNTOUCHED;
    case 'shared':
      return { isDeleted: true, leftovers: await deleteShared(found.cluster) };
    case 'unreadable':
      await removeClusterFolder(found.cluster.folder);
      return { isDeleted: true, leftovers: [] };
  }
}

async function findDead(stateFolder: string, name: string, ctx: Ctx): Promise<DeletableCluster | undefined> {
  const shared = await findDeadShared(stateFolder, name, ctx);
  if (shared !== undefined) return { kind: 'shared', cluster: shared };
  const unreadable = await findDeadUnreadable(stateFolder, name);
  return unreadable && { kind: 'unreadable', cluster: unreadable };
}
