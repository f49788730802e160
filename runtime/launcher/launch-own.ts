import type { Cluster, ClusterSpec } from '../core/cluster.ts';
import { type Ctx, withSignal } from '../core/context.ts';
import { ToolError } from '../core/errors.ts';
import { step } from '../core/events.ts';
import type { LaunchRequest } from '../core/launch-env.ts';
import { gatherWorkers } from './gather-workers.ts';
import { keepWorkers } from './keep-workers.ts';
import type { DriverEnd, LaunchDeps } from './launch.ts';
import { ClusterLease } from './lease.ts';
import { runJob } from './run-job.ts';

/** Takes out a lease on a cluster, runs the job on it, and gives the lease back, whatever happens.
 *  The driver starts as soon as the master answers; the workers register while it does.
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

  await using lease = new ClusterLease(provider, spec.name, outer);
  const master = Promise.withResolvers<Cluster>();
  const gathering = step(ctx, 'cluster', async () => {
    const cluster = await provider.create(spec, ctx).catch((error: unknown) => {
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
  const cluster = await master.promise;
  const keeping = keepWorkers(provider, cluster, spec, besides);
  keeping.catch(failed);
  try {
    return await runJob(request, cluster, runDriver, ctx);
  } finally {
    jobEnded.abort();
    await Promise.allSettled([gathering, keeping]);
  }
}
