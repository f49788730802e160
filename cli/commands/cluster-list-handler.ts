import { foldersFrom } from '../../runtime/core/folders.ts';
import { listClusters } from '../../runtime/platform/local/list-clusters.ts';
import { table } from '../report/table.ts';
import type { definition } from './cluster-list.ts';
import type { CommandHandler } from './command.ts';

export const listCommand: CommandHandler<typeof definition> = async (_args, app) => {
  const { state } = foldersFrom(app.env, app.home);
  const ctx = { signal: new AbortController().signal, emit: () => {}, now: app.now };
  const clusters = await Array.fromAsync(listClusters(state, ctx));
  const rows = clusters.map(({ name, state: now, shared, workers, spark, master, problem }) => [
    name,
    now,
    shared === null ? '-' : shared ? 'shared' : 'own',
    String(workers ?? '-'),
    spark ?? '-',
    master ?? '-',
    problem ?? '',
  ]);
  await app.writeResult({
    text:
      clusters.length === 0
        ? 'no clusters'
        : await table(['NAME', 'STATE', 'OF', 'WORKERS', 'SPARK', 'MASTER', 'PROBLEM'], rows),
    data: { clusters },
  });
  return 0;
};
