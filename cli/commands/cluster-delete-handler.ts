import { ToolError } from '../../runtime/core/errors.ts';
import { ExitCode } from '../../runtime/core/exit-codes.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { reportCluster } from '../../runtime/platform/local/list-clusters.ts';
import { deleteShared } from '../../runtime/platform/local/shared-cluster.ts';
import { changeCluster, needShared } from '../cluster/change-cluster.ts';
import { clusterUsers } from '../cluster/cluster-users.ts';
import type { definition } from './cluster-delete.ts';
import type { CommandHandler } from './command.ts';

export const deleteCommand: CommandHandler<typeof definition> = async ({ positionals, options }, app) => {
  const { name } = positionals;
  const { state } = foldersFrom(app.env, app.home);
  const ctx = { signal: new AbortController().signal, emit: () => {}, now: app.now };
  await needShared(state, name, 'delete');
  const leftovers = await changeCluster(
    { stateFolder: state, name, pid: app.pid },
    async () => {
      const cluster = await needShared(state, name, 'delete');
      const users = await clusterUsers(state, name, (await reportCluster(state, name, ctx))?.page);
      if (users.length > 0 && !options.force) {
        throw new ToolError('CLUSTER_IN_USE', `Cannot delete the cluster "${name}": ${users.join(', ')} on it`, {
          details: { users },
        });
      }
      return deleteShared(cluster);
    },
    ctx,
  );
  const left = new ToolError('CLUSTER_FAILED', `Cannot delete: ${leftovers.join('; ')}`).toJSON();
  await app.writeResult({
    text: [`${name}: deleted`, ...leftovers].join('\n'),
    data: { cluster: { name }, leftovers },
    ...(leftovers.length === 0 ? {} : { error: left }),
  });
  return leftovers.length === 0 ? ExitCode.ok : ExitCode.platform;
};
