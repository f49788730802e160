import type { V1Pod } from '@kubernetes/client-node';
import type { Ctx } from '../../core/context.ts';
import { labelsOf } from '../../core/labels.ts';
import { memberEnvironment, workerCommand } from '../container/member-command.ts';
import { HARMLESS } from '../container/work.ts';
import { type ClusterRecord, counts, indexOf, memberName, SECRET_KEY, secretName } from './cluster-record.ts';
import { createObject } from './create-object.ts';
import { NOT_FOUND, statusOf } from './kubernetes-errors.ts';
import type { ClusterMemory, KubernetesProviderOptions } from './kubernetes-provider.ts';
import { memberPod } from './member-pods.ts';
import { retrying } from './retry.ts';

export interface WorkerScale {
  readonly record: ClusterRecord;
  /** Its URL. */
  readonly master: string;
  readonly workers: number;
  readonly options: KubernetesProviderOptions;
  readonly memory: ClusterMemory;
}

/** A second for a JVM that has nothing to save. */
export const GRACE_SECONDS = 1;

/** Starts workers, or ends the newest, until `workers` run; what is left of lost ones goes. */
export async function scaleWorkers(scale: WorkerScale, ctx: Ctx): Promise<void> {
  const { record, workers, memory } = scale;
  const there = record.workers.filter((pod) => counts(pod) && !memory.ended.has(pod.metadata?.uid ?? ''));
  const surplus = [...record.workers.filter((pod) => !counts(pod)), ...there.slice(workers)];
  const last = Math.max(memory.numbers.get(record.name) ?? 0, ...record.workers.map(indexOf));
  const missing = Array.from({ length: Math.max(0, workers - there.length) }, (_, number) => last + 1 + number);
  memory.numbers.set(record.name, last + missing.length);
  await Promise.all([
    ...surplus.map((pod) => deleteWorker(pod, scale, ctx)),
    ...missing.map((index) => startWorker(index, scale, ctx)),
  ]);
}

async function deleteWorker(pod: V1Pod, { options, memory }: WorkerScale, ctx: Ctx): Promise<void> {
  const { core, namespace } = options.client;
  const { name = '', uid = '' } = pod.metadata ?? {};
  memory.ended.add(uid);
  const isGone = (error: unknown): boolean => statusOf(error) === NOT_FOUND;
  const body = { preconditions: { uid } };
  const call = () => core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: GRACE_SECONDS, body });
  await retrying(`delete the pod "${name}"`, call, ctx, isGone).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}

async function startWorker(index: number, { record, master, options }: WorkerScale, ctx: Ctx): Promise<void> {
  const { client, members, owner, app } = options;
  const { description, run } = record;
  if (members === null || description === undefined) throw new Error('a worker of a cluster that nobody describes');
  const { core, namespace } = client;
  const { _SPARK_AUTH_SECRET: _, ...own } = memberEnvironment(members.image, '');
  const env = { ...HARMLESS, ...own };
  const name = memberName(record.name, 'worker', index);
  const body = memberPod({
    ...{ role: 'worker', name, template: members.pods.worker, owner, secret: secretName(record.name), env },
    labels: labelsOf({ role: 'worker', app, run, cluster: record.name, index }),
    annotations: {},
    command: workerCommand(members.image, description.conf, master, description.worker),
    secretEnv: { _SPARK_AUTH_SECRET: SECRET_KEY.auth },
    secretFolder: null,
  });
  await createObject(
    {
      ...{ what: `the pod "${name}"`, body },
      create: (pod) => core.createNamespacedPod({ namespace, body: pod }),
      read: () => core.readNamespacedPod({ namespace, name }),
    },
    ctx,
  );
}
