import type { Cluster, ClusterSpec } from '../core/cluster.ts';
import { type Ctx, withSignal } from '../core/context.ts';
import { ToolError } from '../core/errors.ts';
import { step } from '../core/events.ts';
import type { LaunchRequest } from '../core/launch-env.ts';
import { EarlyDriver } from './early-driver.ts';
import { gatherWorkers } from './gather-workers.ts';
import { keepWorkers } from './keep-workers.ts';
import type { DriverEnd, LaunchDeps } from './launch.ts';
import { ClusterLease } from './lease.ts';
import { runJob } from './run-job.ts';
import { watchExecutors } from './watch-executors.ts';

/** Takes out a lease on a cluster, runs the job on it, and gives the lease back, whatever happens.
 *  The driver starts beside the master, as far as it needs none; the job begins as soon as that answers, and the workers register while it
 *  does.
 *  A cluster of that name that is there already is another run's, and is left alone. */
export async function launchOwn(
  request: LaunchRequest,
  spec: ClusterSpec,
  { provider, runDriver }: LaunchDeps,
  outer: Ctx,
): Promise<DriverEnd> {
  const failure = new AbortController();
  const ctx = withSignal(outer, AbortSignal.any([outer.signal, failure.signal]));
  const jobEnded = new AbortController();
  const besides = withSignal(ctx, AbortSignal.any([ctx.signal, jobEnded.signal]));

  const driver = new EarlyDriver(request, runDriver, ctx);
  await using lease = new ClusterLease(provider, spec.name, outer);
  const master = Promise.withResolvers<Cluster>();
  const gathering = step(ctx, 'cluster', async () => {
    const cluster = await provider
      .create(spec, ctx, (address) => driver.start(address))
      .catch((error: unknown) => {
        if (error instanceof ToolError && error.code === 'CLUSTER_EXISTS') lease.disown();
        throw error;
      });
    master.resolve(cluster);
    return { result: undefined, detail: await gatherWorkers(cluster, spec, request.timeouts.clusterMs, besides) };
  });
  const failed = (error: unknown): void => {
    master.reject(error);
    failure.abort(error);
  };
  gathering.catch(failed);
  let watching: Promise<unknown> | undefined;
  try {
    const cluster = await master.promise;
    watching = Promise.all([
      keepWorkers(provider, cluster, spec, besides),
      watchExecutors(cluster, { isOurs: () => true }, besides),
    ]);
    watching.catch(failed);
    return await runJob(() => driver.begin(cluster), ctx);
  } finally {
    jobEnded.abort();
    await Promise.allSettled([driver.ended(), gathering, watching]);
  }
}
