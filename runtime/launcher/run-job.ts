import type { Cluster } from '../core/cluster.ts';
import type { Ctx } from '../core/context.ts';
import { step } from '../core/events.ts';
import type { LaunchRequest } from '../core/launch-env.ts';
import type { DriverEnd, RunDriver } from './launch.ts';

/** The step `job`: the driver, from its start to its end. */
export function runJob(request: LaunchRequest, cluster: Cluster, runDriver: RunDriver, ctx: Ctx): Promise<DriverEnd> {
  return step(ctx, 'job', async () => {
    const end = await runDriver(request, cluster, ctx);
    return { result: end, detail: `status ${end.status}` };
  });
}
