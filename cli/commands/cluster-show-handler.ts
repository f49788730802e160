import { foldersFrom } from '../../runtime/core/folders.ts';
import { reportCluster } from '../../runtime/platform/local/list-clusters.ts';
import { needShared } from '../cluster/change-cluster.ts';
import { clusterText } from '../cluster/cluster-text.ts';
import { clusterUsers } from '../cluster/cluster-users.ts';
import type { definition } from './cluster-show.ts';
import type { CommandHandler } from './command.ts';

export const showCommand: CommandHandler<typeof definition> = async ({ positionals: { name }, options }, app) => {
  if (options.platform === 'docker') return (await import('../docker/cluster-handlers.ts')).showInDocker(name, app);
  const { state } = foldersFrom(app.env, app.home);
  const ctx = { signal: new AbortController().signal, emit: () => {}, now: app.now };
  const cluster = await needShared(state, name, 'show');
  const report = await reportCluster(state, name, ctx);
  if (report === undefined) throw new Error(`the cluster "${name}" went away`);
  const { worker, java, conf } = cluster.shared;
  const users = await clusterUsers(state, name, report.page);
  await app.writeResult({
    text: clusterText(report, cluster),
    data: {
      cluster: { ...report.status, secretFile: cluster.folder.secret, worker, java, conf },
      applications: report.page?.running ?? [],
      alive: report.page?.workers ?? [],
      users,
    },
  });
  return 0;
};
