import { foldersFrom } from '../../runtime/core/folders.ts';
import { listClusterNames } from '../../runtime/platform/local/cluster-folder.ts';
import { findShared } from '../../runtime/platform/local/shared-cluster.ts';
import type { Edges } from '../commands/command.ts';

/** The shared clusters of this machine, for completion. */
export async function sharedClusterNames({ env, home }: Pick<Edges, 'env' | 'home'>): Promise<readonly string[]> {
  const { state } = foldersFrom(env, home);
  const names = await listClusterNames(state);
  const shared = await Promise.all(names.map((name) => findShared(state, name)));
  return names.filter((_, index) => shared[index] !== undefined);
}
