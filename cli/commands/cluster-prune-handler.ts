import { errorMessage, ToolError } from '../../runtime/core/errors.ts';
import { ExitCode } from '../../runtime/core/exit-codes.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { findOrphans } from '../../runtime/platform/local/find-orphans.ts';
import { type SweptRun, sweepRun } from '../../runtime/platform/local/sweep.ts';
import { findDeadClusters, pruneCluster } from '../cluster/prune-clusters.ts';
import type { definition } from './cluster-prune.ts';
import type { CommandHandler } from './command.ts';

/** What has a living launcher or guard is theirs and is not touched; nor is a shared cluster, or one that
 *  nobody can read, of which anything runs or which another command is at work on. */
export const pruneCommand: CommandHandler<typeof definition> = async ({ options }, app) => {
  if (options.platform === 'docker') {
    return (await import('../docker/cluster-handlers.ts')).pruneInDocker(options['dry-run'], app);
  }
  const { state } = foldersFrom(app.env, app.home);
  const orphans = await findOrphans(state);
  const ctx = { signal: new AbortController().signal, emit: () => {}, now: app.now };
  const dead = await findDeadClusters(state, ctx);
  const leftovers: string[] = [];
  const clusters: string[] = [];
  if (!options['dry-run']) {
    for (const orphan of orphans) leftovers.push(...(await sweep(orphan)));
  }
  for (const name of dead) {
    const pruned = options['dry-run']
      ? { isDeleted: true, leftovers: [] }
      : await pruneCluster({ stateFolder: state, name, pid: app.pid }, ctx);
    if (pruned.isDeleted) clusters.push(name);
    leftovers.push(...pruned.leftovers);
  }
  const runs = orphans.map(({ run }) => run);
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

/** One that cannot be deleted does not keep the others. */
async function sweep(orphan: SweptRun): Promise<readonly string[]> {
  try {
    return await sweepRun({ ...orphan, markLost: true });
  } catch (error) {
    return [`run ${orphan.run}: ${errorMessage(error)}`];
  }
}
