import type { ClusterStatus } from '../../runtime/core/cluster.ts';
import { table } from '../report/table.ts';

/** Clusters of any platform for people: a line each. */
export async function clustersTable(clusters: readonly ClusterStatus[]): Promise<string> {
  if (clusters.length === 0) return 'no clusters';
  const rows = clusters.map(({ name, state, shared, workers, spark, master, problem }) => [
    name,
    state,
    shared === null ? '-' : shared ? 'shared' : 'own',
    String(workers ?? '-'),
    spark ?? '-',
    master ?? '-',
    problem ?? '',
  ]);
  return table(['NAME', 'STATE', 'OF', 'WORKERS', 'SPARK', 'MASTER', 'PROBLEM'], rows);
}
