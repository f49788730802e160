import { ToolError } from '../../runtime/core/errors.ts';
import { ExitCode } from '../../runtime/core/exit-codes.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { changeCluster } from '../cluster/change-cluster.ts';
import { deleteCluster, needDeletable } from '../cluster/delete-cluster.ts';
import type { definition } from './cluster-delete.ts';
import type { CommandHandler } from './command.ts';

export const deleteCommand: CommandHandler<typeof definition> = async ({ positionals, options }, app) => {
  const { name } = positionals;
  if (options.platform === 'docker')
    return (await import('../docker/cluster-handlers.ts')).deleteInDocker(name, options.force, app);
  const { state } = foldersFrom(app.env, app.home);
  const ctx = { signal: new AbortController().signal, emit: () => {}, now: app.now };
  await needDeletable(state, name);
  const leftovers = await changeCluster(
    { stateFolder: state, name, pid: app.pid },
    async () => deleteCluster(await needDeletable(state, name), { stateFolder: state, force: options.force }, ctx),
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
