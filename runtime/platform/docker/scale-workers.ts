import type Docker from 'dockerode';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { labelsOf } from '../../core/labels.ts';
import { memberEnvironment, workerCommand } from '../container/member-command.ts';
import { type ClusterRecord, indexOf, isRunning, readCluster } from './cluster-record.ts';
import type { DockerProviderOptions } from './docker-provider.ts';
import { keepExecutorLogs, keepMemberLogs } from './member-logs.ts';
import { memberName } from './networks.ts';
import { removeContainer } from './remove.ts';
import { createContainer, startContainer } from './start-container.ts';

export interface WorkerScale {
  readonly record: ClusterRecord;
  readonly workers: number;
  readonly options: Pick<DockerProviderOptions, 'docker' | 'app' | 'owner' | 'launcher'>;
  /** Is told which containers are ended here. */
  readonly ended: Set<string>;
  /** Containers that have ended, whatever they are listed as. */
  readonly lost: ReadonlySet<string>;
  /** The last number that a worker of a cluster got here: one that is gone without a trace had it. */
  readonly numbers: Map<string, number>;
  /** The run's folder; `undefined` keeps no logs of what is removed. */
  readonly logs: string | undefined;
}

/** A daemon does not get faster by being asked for more at once. */
const AT_ONCE = 4;

/** Starts workers, or ends the newest, until `workers` run; what is left of lost ones goes.
 *  @throws {ToolError} CLUSTER_FAILED when there is no master that they could register with */
export async function scaleWorkers(scale: WorkerScale, ctx: Ctx): Promise<void> {
  const { record, workers, options, lost, numbers } = scale;
  const runs = (worker: Docker.ContainerInfo): boolean => isRunning(worker) && !lost.has(worker.Id);
  const running = record.workers.filter(runs);
  const surplus = [...record.workers.filter((worker) => !runs(worker)), ...running.slice(workers)];
  for (const { Id } of surplus) await removeWorker(options.docker.getContainer(Id), scale, ctx);
  const last = Math.max(numbers.get(record.name) ?? 0, ...record.workers.map(indexOf));
  const missing = Array.from({ length: Math.max(0, workers - running.length) }, (_, number) => last + 1 + number);
  if (missing.length === 0) return;
  numbers.set(record.name, last + missing.length);
  const start = await startFor(scale, ctx);
  const queue = missing.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const index of queue) await start(index);
    }),
  );
}

async function removeWorker(container: Docker.Container, { ended, logs }: WorkerScale, ctx: Ctx): Promise<void> {
  ended.add(container.id);
  if (logs !== undefined) {
    await keepMemberLogs(container, logs, ctx);
    // Why it was lost may be in them alone.
    await keepExecutorLogs(container, logs, ctx);
  }
  await removeContainer(container, ctx);
}

async function startFor({ record, options }: WorkerScale, ctx: Ctx): Promise<(index: number) => Promise<void>> {
  const { docker, app, owner, launcher } = options;
  const { name, run, description } = record;
  const cluster = await readCluster(docker, record, ctx);
  if (cluster === undefined || description === undefined) {
    throw new ToolError('CLUSTER_FAILED', `Cannot start workers of "${name}": its master does not run`, {
      hint: 'Delete the cluster and create it again',
    });
  }
  const { image, network, conf, worker } = description;
  return async (index) => {
    const request = {
      ...{ name: memberName(name, 'worker', index), image: image.id, user: image.user, network },
      command: workerCommand(image, conf, cluster.master, worker),
      env: memberEnvironment(image, cluster.secret ?? ''),
      labels: labelsOf({ role: 'worker', app, run, owner, cluster: name, launcher, index }),
      ...{ memoryBytes: worker.memoryBytes, millicores: worker.millicores, memberVolume: null },
    };
    await startContainer(await createContainer(docker, request, [], ctx), request, ctx);
  };
}
