import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster, ClusterChoice, ClusterProvider } from '../core/cluster.ts';
import { type Ctx, withSignal } from '../core/context.ts';
import { ToolError } from '../core/errors.ts';
import { step } from '../core/events.ts';
import type { LaunchRequest } from '../core/launch-env.ts';
import { awaitRoom } from '../platform/attach/await-room.ts';
import { checkVersion } from '../platform/attach/check-version.ts';
import { findMaster } from '../platform/attach/find-master.ts';
import { readSparkConf } from '../platform/spark-conf.ts';
import type { WorkerExecutor } from '../platform/worker-page.ts';
import { describeShare, jobShare } from './job-share.ts';
import type { DriverEnd, LaunchDeps } from './launch.ts';
import { runJob } from './run-job.ts';
import { watchExecutors } from './watch-executors.ts';

type AttachedChoice = Extract<ClusterChoice, { readonly kind: 'attach' | 'url' }>;

/** Runs the job on a cluster that is there already, with a bounded share of it, as soon as there is room for one executor.
 *  Whatever happens, the cluster stays as it is.
 *  @throws {ToolError} CLUSTER_NOT_FOUND, MASTER_UNREACHABLE, SPARK_MISMATCH, CLUSTER_BUSY, CLUSTER_TOO_SMALL, QUANTITY_INVALID; MASTER_LOST when somebody
 *  deletes it under the job, EXECUTORS_FAILED */
export async function launchAttached(
  request: LaunchRequest,
  choice: AttachedChoice,
  { provider, runDriver }: LaunchDeps,
  outer: Ctx,
): Promise<DriverEnd> {
  const failure = new AbortController();
  const ctx = withSignal(outer, AbortSignal.any([outer.signal, failure.signal]));
  const jobEnded = new AbortController();
  const besides = withSignal(ctx, AbortSignal.any([ctx.signal, jobEnded.signal]));
  const cluster = await step(ctx, 'cluster', async () => {
    const found = await findCluster(choice, provider, ctx);
    const notice = checkVersion(found, request.app.spark);
    if (notice !== null) ctx.emit({ type: 'notice', level: 'info', message: notice });
    const share = jobShare(request, choice.share, (await readSparkConf(request.layout.app)).defaults);
    await awaitRoom(found, share.executor, request.timeouts.clusterMs, ctx);
    return { result: found, detail: `attached to ${found.master}: at most ${describeShare(share)}` };
  });
  const urls = new Set<string>();
  const isOurs = ({ driver }: WorkerExecutor): boolean => driver !== null && urls.has(driver);
  const watching = Promise.all([
    watchDeletion(choice, provider, besides),
    watchExecutors(cluster, { isOurs }, besides),
  ]);
  watching.catch((error: unknown) => failure.abort(error));
  try {
    return await runJob(() => runDriver(request, cluster, ctx, { onUrl: (url) => urls.add(url) }), ctx);
  } finally {
    jobEnded.abort();
    await Promise.allSettled([watching]);
  }
}

async function findCluster(choice: AttachedChoice, provider: ClusterProvider, ctx: Ctx): Promise<Cluster> {
  if (choice.kind === 'url') return findMaster(choice, ctx);
  const found = await provider.find(choice.name, ctx);
  if (found) return found;
  throw new ToolError(
    'CLUSTER_NOT_FOUND',
    `Cannot attach to "${choice.name}": there is no shared cluster of this name`,
  );
}

const WATCH_MS = 1_000;
/** One look may fail for other reasons. */
const MISSES = 3;

/** A job whose cluster was deleted would wait for executors without end; one whose master was merely lost goes on. So does one of whose cluster
 *  the platform says nothing. */
async function watchDeletion(choice: AttachedChoice, provider: ClusterProvider, ctx: Ctx): Promise<void> {
  if (choice.kind === 'url') return;
  let missed = 0;
  while (!ctx.signal.aborted) {
    const found = await provider.find(choice.name, ctx).catch(() => null);
    missed = found === undefined ? missed + 1 : 0;
    if (missed === MISSES) {
      throw new ToolError('MASTER_LOST', `The cluster "${choice.name}" was deleted under the job`, {
        hint: 'Run it again on another cluster, or on one of its own',
      });
    }
    await pause(WATCH_MS, undefined, { signal: ctx.signal }).catch(() => {});
  }
}
