import type { ClusterTarget } from '../../runtime/core/cluster-target.ts';
import { checkExecutorFits } from '../../runtime/core/executor-fit.ts';
import type { Properties } from '../../runtime/core/properties.ts';
import type { Settings } from './settings.ts';

/** Refuses executors that no worker of the run's own cluster has room for. `sparkDefaults` are those of the source, where it is known.
 *  @throws {ToolError} QUANTITY_INVALID, USAGE */
export function checkSettingsFit({ plan, submit, cluster }: Settings, sparkDefaults: Properties = {}): void {
  if (isSized(cluster.target)) checkExecutorFits({ ...sparkDefaults, ...plan.conf, ...submit.conf }, cluster.worker);
}

/** Whether the workers are of the size that was asked for: those of others are what they are. What only has a name may be of either kind. */
export function isSized(target: ClusterTarget | null): boolean {
  return target === null;
}
