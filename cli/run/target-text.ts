import { clusterLabel } from '../../runtime/core/cluster-properties.ts';
import type { ClusterTarget } from '../../runtime/core/cluster-target.ts';

/** The cluster that somebody asked for, for people. */
export function targetText(target: ClusterTarget): string {
  switch (target.kind) {
    case 'named':
      return `${target.name}: shared, or the run's own where there is none of this name`;
    case 'attach':
      return `${target.name}, shared`;
    case 'url':
      return target.master;
    case 'connect':
      return clusterLabel(target) ?? target.remote;
    case 'local':
      return `none: ${target.master} in the driver`;
  }
}

/** Whether `--workers` and the size of one mean something: workers of its own, or the share of those of others. */
export function hasWorkers(target: ClusterTarget | null): boolean {
  return target?.kind !== 'local' && target?.kind !== 'connect';
}
