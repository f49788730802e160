import { join } from 'node:path';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { type Probe, waitFor } from '../../core/wait.ts';
import { readMasterPage } from '../master-page.ts';
import { startRecorded } from './child-process.ts';
import { memberFiles } from './cluster-folder.ts';
import { type MemberContext, workerCommand } from './member-command.ts';
import { chooseFreePorts } from './ports.ts';
import { type ProcessRecord, readProcessRecords } from './process-record.ts';
import { isRunning } from './process-table.ts';
import type { SharedCluster } from './shared-cluster.ts';
import { signalGroup } from './signal-group.ts';

export interface WorkerScale {
  readonly cluster: SharedCluster;
  readonly context: MemberContext;
  readonly workers: number;
  /** For all of them to have registered. */
  readonly deadlineMs: number;
}

const POLL_MS = 100;

/** Starts workers, or stops the newest, until `workers` have registered. They outlive this process.
 *  @throws {ToolError} CLUSTER_FAILED when one ends at once, CLUSTER_TIMEOUT */
export async function scaleWorkers(scale: WorkerScale, ctx: Ctx): Promise<void> {
  const { cluster, workers } = scale;
  const living = await livingWorkers(cluster);
  for (const { pid } of living.slice(workers)) signalGroup(pid, 'SIGKILL');
  await startWorkers(scale, workers - living.length);
  const { webUi } = cluster.description;
  await waitFor(
    {
      what: `${workers} workers`,
      step: 'cluster',
      deadlineMs: scale.deadlineMs,
      intervalMs: POLL_MS,
      code: 'CLUSTER_TIMEOUT',
    },
    async (): Promise<Probe<undefined>> => {
      const alive = (await readMasterPage(webUi ?? '', ctx.signal))?.aliveWorkers ?? 0;
      if (alive === workers) return { done: true, value: undefined };
      const running = await livingWorkers(cluster);
      if (running.length < workers) throw workerEnded(cluster);
      return { done: false, lastSeen: `${alive} of ${workers} workers have registered` };
    },
    ctx,
  );
}

/** Oldest first. */
async function livingWorkers({ folder }: SharedCluster): Promise<readonly ProcessRecord[]> {
  const records = await readProcessRecords(join(folder.root, LeaseFile.processes));
  const workers = records.filter(({ role }) => role !== 'master');
  const running = await Promise.all(workers.map(isRunning));
  return workers.filter((_, index) => running[index] === true);
}

async function startWorkers({ cluster, context }: WorkerScale, count: number): Promise<void> {
  const { folder, description, shared } = cluster;
  const records = await readProcessRecords(join(folder.root, LeaseFile.processes));
  const last = Math.max(0, ...records.map(({ role }) => Number(/^worker-(\d+)$/.exec(role)?.[1] ?? 0)));
  const ports = await chooseFreePorts(2 * Math.max(count, 0));
  for (let number = 0; number < count; number += 1) {
    const index = last + 1 + number;
    const own = { rpc: ports[2 * number] ?? 0, webUi: ports[2 * number + 1] ?? 0 };
    const command = workerCommand(context, own, description.master ?? '', index, shared.worker);
    const worker = await startRecorded(command, `worker-${index}`, memberFiles(folder, `worker-${index}`));
    worker.release();
  }
}

function workerEnded({ name, folder }: SharedCluster): ToolError {
  const logs = join(folder.root, LeaseFile.logs);
  return new ToolError('CLUSTER_FAILED', `Cannot keep the workers of "${name}": one ended at once`, {
    hint: `Read its log in ${logs}`,
    details: { logs },
  });
}
