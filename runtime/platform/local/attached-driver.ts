import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../core/cluster.ts';
import { type Ctx, withSignal } from '../../core/context.ts';
import type { ToolError } from '../../core/errors.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { explainEnd, explainRefusal, hasRegistered } from '../attach/driver-log.ts';
import { clusterFolder } from './cluster-folder.ts';
import { APPLICATION, awaitRefusal, hasEvents, readLogs, SPARK_LOG } from './driver-evidence.ts';
import { type LocalDriverOptions, runLocalDriver } from './local-driver.ts';

/** How an attached driver ended, and in our words why where Spark's own log says it. */
export interface AttachedEnd {
  readonly status: number;
  readonly reason?: ToolError;
}

/** Runs the driver on a cluster that is not the run's own. A master that will not have it is told at once, instead of after the minute for
 *  which Spark goes on asking; the logs of its executors are kept where they are on this machine.
 *  @throws {ToolError} CLUSTER_AUTH, MASTER_UNREACHABLE, and what runLocalDriver throws */
export async function runAttachedDriver(
  request: LaunchRequest,
  cluster: Cluster,
  options: LocalDriverOptions,
  ctx: Ctx,
): Promise<AttachedEnd> {
  const refused = new AbortController();
  const inner = withSignal(ctx, AbortSignal.any([ctx.signal, refused.signal]));
  const watchRefusal = async (signal: AbortSignal): Promise<void> => {
    if (request.cluster.kind === 'connect') return;
    const explain = (log: string): ToolError | undefined => explainRefusal(log, cluster, request.app.spark);
    const refusal = await awaitRefusal(options.leaseDirectory, explain, signal);
    if (refusal === undefined) return;
    const message = `What Spark says of it is in ${join(options.leaseDirectory, LeaseFile.logs, SPARK_LOG)}`;
    ctx.emit({ type: 'notice', level: 'info', message });
    refused.abort(refusal);
  };
  const over = new AbortController();
  const watching = watchRefusal(over.signal).catch(() => {});
  try {
    const { status } = await runLocalDriver(request, cluster, options, inner);
    if (status === 0) return { status };
    const log = await readLogs(options.leaseDirectory);
    const isTaken = hasRegistered(log) || (await hasEvents(options.leaseDirectory));
    const reason = explainEnd(log, cluster, request.app.spark, isTaken);
    return reason === undefined ? { status } : { status, reason };
  } finally {
    over.abort();
    await watching;
    if (request.cluster.kind === 'attach') await keepExecutorLogs(request.cluster.name, options);
  }
}

/** Copies what the executors of this run's applications wrote: an executor's log is a log. The cluster keeps its own. */
async function keepExecutorLogs(name: string, { leaseDirectory, stateFolder }: LocalDriverOptions): Promise<void> {
  const events = await readdir(join(leaseDirectory, LeaseFile.eventLog)).catch(() => []);
  const applications = new Set(events.flatMap((file) => APPLICATION.exec(file)?.[0] ?? []));
  const { work } = clusterFolder(stateFolder, name);
  for (const worker of await readdir(work).catch(() => [])) {
    for (const application of applications) {
      const folder = join(work, worker, application);
      for (const executor of await readdir(folder).catch(() => [])) {
        for (const stream of ['stdout', 'stderr']) {
          const kept = join(leaseDirectory, LeaseFile.logs, `${worker}.${application}.${executor}.${stream}`);
          await copyFile(join(folder, executor, stream), kept).catch(() => {});
        }
      }
    }
  }
}
