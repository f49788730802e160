import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../core/cluster.ts';
import { type Ctx, withSignal } from '../../core/context.ts';
import type { ToolError } from '../../core/errors.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { explainEnd, explainRefusal, hasRegistered } from '../attach/driver-log.ts';
import { clusterFolder } from './cluster-folder.ts';
import { type LocalDriverOptions, runLocalDriver } from './local-driver.ts';

/** How an attached driver ended, and in our words why where Spark's own log says it. */
export interface AttachedEnd {
  readonly status: number;
  readonly reason?: ToolError;
}

const POLL_MS = 500;

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
  const logs = join(options.leaseDirectory, LeaseFile.logs);
  const timer = setInterval(() => {
    if (request.cluster.kind === 'connect') return clearInterval(timer);
    void readLog(logs).then((text) => {
      if (hasRegistered(text)) clearInterval(timer);
      const refusal = explainRefusal(text, cluster, request.app.spark);
      if (refusal !== undefined) refused.abort(refusal);
    });
  }, POLL_MS);
  try {
    const { status } = await runLocalDriver(request, cluster, options, inner);
    const reason = status === 0 ? undefined : explainEnd(await readLog(logs), cluster, request.app.spark);
    return reason === undefined ? { status } : { status, reason };
  } finally {
    clearInterval(timer);
    if (request.cluster.kind === 'attach') await keepExecutorLogs(request.cluster.name, options);
  }
}

/** Spark's own log, and what it and the job wrote: an application may have a log configuration of its own. */
async function readLog(logs: string): Promise<string> {
  const files = ['driver.spark.log', 'driver.stderr.log', 'driver.stdout.log'];
  const texts = await Promise.all(files.map((name) => readStart(join(logs, name))));
  return texts.join('\n');
}

/** The beginning is where a driver registers; the end is where it fails. A job may write without end. */
async function readStart(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.length <= 2 * PART ? text : `${text.slice(0, PART)}\n${text.slice(-PART)}`;
}

const PART = 512 * 1_024;

/** Copies what the executors of this run's applications wrote: an executor's log is a log. The cluster keeps its own. */
async function keepExecutorLogs(name: string, { leaseDirectory, stateFolder }: LocalDriverOptions): Promise<void> {
  const events = await readdir(join(leaseDirectory, LeaseFile.eventLog)).catch(() => []);
  const applications = new Set(events.flatMap((file) => /app-\d+-\d+/.exec(file)?.[0] ?? []));
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
