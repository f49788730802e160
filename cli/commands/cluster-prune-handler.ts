import { ToolError } from '../../runtime/core/errors.ts';
import { ExitCode } from '../../runtime/core/exit-codes.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { removeClusterFolder } from '../../runtime/platform/local/cluster-folder.ts';
import { findOrphans } from '../../runtime/platform/local/find-orphans.ts';
import { findDeadShared } from '../../runtime/platform/local/list-clusters.ts';
import { deleteShared } from '../../runtime/platform/local/shared-cluster.ts';
import { sweepRun } from '../../runtime/platform/local/sweep.ts';
import { findDeadUnreadable } from '../../runtime/platform/local/unreadable-cluster.ts';
import type { definition } from './cluster-prune.ts';
import type { CommandHandler } from './command.ts';

/** What has a living launcher or guard is theirs and is not touched; nor is a shared cluster, or one that
 *  nobody can read, of which anything runs. */
export const pruneCommand: CommandHandler<typeof definition> = async ({ options }, app) => {
  const { state } = foldersFrom(app.env, app.home);
  const orphans = await findOrphans(state);
  const ctx = { signal: new AbortController().signal, emit: () => {}, now: app.now };
  const dead = await findDeadShared(state, ctx);
  const unreadable = await findDeadUnreadable(state);
  const leftovers: string[] = [];
  if (!options['dry-run']) {
    for (const orphan of orphans) leftovers.push(...(await sweepRun({ ...orphan, markLost: true })));
    for (const cluster of dead) leftovers.push(...(await deleteShared(cluster)));
    for (const { folder } of unreadable) await removeClusterFolder(folder);
  }
  const runs = orphans.map(({ run }) => run);
  const clusters = [...dead, ...unreadable].map(({ name }) => name).sort();
  const verb = options['dry-run'] ? 'would be deleted' : 'deleted';
  const text =
    runs.length + clusters.length === 0
      ? 'nothing to delete'
      : [...[...runs, ...clusters].map((name) => `${name}: ${verb}`), ...leftovers].join('\n');
  const left = new ToolError('CLUSTER_FAILED', `Cannot delete: ${leftovers.join('; ')}`).toJSON();
  await app.writeResult({
    text,
    data: { runs, clusters, leftovers },
    ...(leftovers.length === 0 ? {} : { error: left }),
  });
  return leftovers.length === 0 ? ExitCode.ok : ExitCode.platform;
};
