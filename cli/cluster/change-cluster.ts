import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { clusterFolder, readDescription } from '../../runtime/platform/local/cluster-folder.ts';
import { findShared, type SharedCluster } from '../../runtime/platform/local/shared-cluster.ts';
import { findUnreadable } from '../../runtime/platform/local/unreadable-cluster.ts';
import { withLock } from '../packages/lock.ts';

/** The shared cluster of this name.
 *  @throws {ToolError} CLUSTER_NOT_FOUND, also for the own cluster of a run */
export async function needShared(stateFolder: string, name: string, verb: string): Promise<SharedCluster> {
  const found = await findShared(stateFolder, name);
  if (found) return found;
  const own = (await readDescription(clusterFolder(stateFolder, name)))?.run;
  const because =
    own == null ? await whyNone(stateFolder, name) : `it is the own one of the run ${own} and ends with it`;
  throw new ToolError('CLUSTER_NOT_FOUND', `Cannot ${verb} the shared cluster "${name}": ${because}`, {
    details: { name, run: own ?? null },
  });
}

async function whyNone(stateFolder: string, name: string): Promise<string> {
  const unreadable = await findUnreadable(stateFolder, name);
  return unreadable === undefined ? 'there is none of this name' : (unreadable.problem ?? 'it is being made');
}

export interface ClusterChange {
  readonly stateFolder: string;
  readonly name: string;
  readonly pid: number;
  /** For whoever changes it now to be done. Default ten minutes. */
  readonly deadlineMs?: number;
}

/** Does `work` while no other command changes the cluster of this name.
 *  @throws {ToolError} LOCK_TIMEOUT after `deadlineMs` */
export async function changeCluster<T>(
  { stateFolder, name, pid, deadlineMs = LOCK_DEADLINE_MS }: ClusterChange,
  work: () => Promise<T>,
  ctx: Ctx,
): Promise<T> {
  const lock = {
    path: join(stateFolder, 'locks', `cluster-${name}`),
    holder: `process ${pid}`,
    what: `change the cluster "${name}"`,
    step: 'cluster',
    deadlineMs,
  } as const;
  try {
    return await withLock(lock, work, ctx);
  } finally {
    // It only says who holds the lock: a cluster that is deleted leaves nothing.
    await rm(lock.path, { force: true });
  }
}

const LOCK_DEADLINE_MS = 10 * 60_000;
