import type { Ctx } from '../../core/context.ts';
import { LABELS } from '../../core/labels.ts';
import { type Probe, waitFor } from '../../core/wait.ts';
import { recordOf } from './find-cluster.ts';
import type { ClusterMemory, KubernetesProviderOptions } from './kubernetes-provider.ts';
import { retrying } from './retry.ts';
import { GRACE_SECONDS } from './scale-workers.ts';

export interface ClusterDeletion {
  readonly name: string;
  readonly options: Pick<KubernetesProviderOptions, 'client' | 'board'>;
  readonly memory: ClusterMemory;
}

const GONE_WITHIN_MS = 30_000;
const POLL_MS = 25;

/** Deletes every pod of a cluster and its Secret, half-made or whole, and resolves when the pods are gone.
 *  @throws {ToolError} CLUSTER_FAILED with what is left; as retrying */
export async function deleteCluster({ name, options, memory }: ClusterDeletion, ctx: Ctx): Promise<void> {
  const { client, board } = options;
  const { core, namespace } = client;
  const record = recordOf(name, board);
  for (const pod of [record?.master, ...(record?.workers ?? [])]) memory.ended.add(pod?.metadata?.uid ?? '');
  const labelSelector = `${LABELS.cluster}=${name},${LABELS.role} in (master,worker)`;
  const secrets = `${LABELS.cluster}=${name},${LABELS.role}=secret`;
  await Promise.all([
    retrying(
      `delete the pods of the cluster "${name}"`,
      () => core.deleteCollectionNamespacedPod({ namespace, labelSelector, gracePeriodSeconds: GRACE_SECONDS }),
      ctx,
    ),
    retrying(
      `delete the secret of the cluster "${name}"`,
      () => core.deleteCollectionNamespacedSecret({ namespace, labelSelector: secrets }),
      ctx,
    ),
  ]);
  const wait = { what: `the pods of "${name}" to be gone`, step: 'cleanup', deadlineMs: GONE_WITHIN_MS } as const;
  await waitFor(
    { ...wait, intervalMs: POLL_MS, code: 'CLUSTER_FAILED' },
    async (): Promise<Probe<undefined>> => {
      const { master, workers = [] } = recordOf(name, board) ?? {};
      const left = [master, ...workers].flatMap((pod) => pod?.metadata?.name ?? []);
      return left.length === 0 ? { done: true, value: undefined } : { done: false, lastSeen: left.join(', ') };
    },
    ctx,
  );
}
