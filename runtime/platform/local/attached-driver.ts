import { copyFile, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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
  /** By Spark's own log alone: what the job writes may speak of other refusals. */
  const watchRefusal = async (signal: AbortSignal): Promise<void> => {
    while (request.cluster.kind !== 'connect' && !signal.aborted && !(await hasEvents(options))) {
      const refusal = explainRefusal(await readLog(logs, [SPARK_LOG]), cluster, request.app.spark);
      if (refusal !== undefined) {
        ctx.emit({ type: 'notice', level: 'info', message: `What Spark says of it is in ${join(logs, SPARK_LOG)}` });
        return refused.abort(refusal);
      }
      await pause(POLL_MS, undefined, { signal }).catch(() => {});
    }
  };
  const over = new AbortController();
  const watching = watchRefusal(over.signal).catch(() => {});
  try {
    const { status } = await runLocalDriver(request, cluster, options, inner);
    if (status === 0) return { status };
    const log = await readLog(logs, ALL_LOGS);
    const reason = explainEnd(log, cluster, request.app.spark, hasRegistered(log) || (await hasEvents(options)));
    return reason === undefined ? { status } : { status, reason };
  } finally {
    over.abort();
    await watching;
    if (request.cluster.kind === 'attach') await keepExecutorLogs(request.cluster.name, options);
  }
}

const SPARK_LOG = 'driver.spark.log';
/** An application may have a log configuration of its own: then all is among what the job writes. */
const ALL_LOGS = [SPARK_LOG, 'driver.stderr.log', 'driver.stdout.log'];

/** The master has given the application an id, whatever its log says: its events have a file of that name. */
async function hasEvents({ leaseDirectory }: LocalDriverOptions): Promise<boolean> {
  const files = await readdir(join(leaseDirectory, LeaseFile.eventLog)).catch(() => []);
  return files.some((file) => APPLICATION.test(file));
}

const APPLICATION = /app-\d+-\d+/;

async function readLog(logs: string, files: readonly string[]): Promise<string> {
  const texts = await Promise.all(files.map((name) => readEnds(join(logs, name)).catch(() => '')));
  return texts.join('\n');
}

/** The beginning is where a driver registers; the end is where it fails. A job may write without end. */
async function readEnds(path: string): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const at = async (position: number, length: number): Promise<string> => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.toString('utf8', 0, bytesRead);
  };
  if (size <= 2 * PART) return at(0, size);
  return `${await at(0, PART)}\n${await at(size - PART, PART)}`;
}

const PART = 512 * 1_024;

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
