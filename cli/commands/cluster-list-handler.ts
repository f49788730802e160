import { foldersFrom } from '../../runtime/core/folders.ts';
import { listClusters } from '../../runtime/platform/local/list-clusters.ts';
import { clustersTable } from '../cluster/clusters-table.ts';
import type { definition } from './cluster-list.ts';
import type { CommandHandler } from './command.ts';

export const listCommand: CommandHandler<typeof definition> = async ({ options }, app) => {
  if (options.platform === 'docker') return (await import('../docker/cluster-handlers.ts')).listInDocker(app);
  const { state } = foldersFrom(app.env, app.home);
  const ctx = { signal: new AbortController().signal, emit: () => {}, now: app.now };
  const clusters = await Array.fromAsync(listClusters(state, ctx));
  await app.writeResult({ text: await clustersTable(clusters), data: { clusters } });
  return 0;
};
