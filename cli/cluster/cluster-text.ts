import { formatMemory } from '../../runtime/core/quantity.ts';
import type { ClusterReport } from '../../runtime/platform/local/list-clusters.ts';
import type { SharedCluster } from '../../runtime/platform/local/shared-cluster.ts';

/** A shared cluster for people: a line a fact. */
export function clusterText({ status, page }: ClusterReport, { shared, folder }: SharedCluster): string {
  const { millicores, memoryBytes } = shared.worker;
  const cores = millicores / 1_000;
  const free = page?.workers.reduce((sum, { coresFree }) => sum + coresFree, 0);
  const rows: readonly (readonly [string, string | null])[] = [
    ['name', status.name],
    ['state', status.problem === null ? status.state : `${status.state}: ${status.problem}`],
    ['master', status.master],
    ['web page', status.webUi],
    ['secret file', folder.secret],
    ['workers', `${status.workers}, ${cores} ${cores === 1 ? 'core' : 'cores'} and ${formatMemory(memoryBytes)} each`],
    ['free cores', free === undefined ? null : String(free)],
    ['Spark', `${shared.spark} on Java ${shared.java}`],
    ['Python', shared.python],
    ['created', status.createdAt],
    ['logs', `${folder.root}/logs`],
    ...(page?.running ?? []).map(
      ({ id, name, cores: held }) =>
        ['application', `${name} (${id}), ${held} ${held === 1 ? 'core' : 'cores'}`] as const,
    ),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.flatMap(([label, text]) => (text === null ? [] : [`${label.padEnd(width)}  ${text}`])).join('\n');
}
