import type { Ctx } from '../../core/context.ts';
import { LABELS } from '../../core/labels.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { retrying } from './retry.ts';

/** Asks for the deletion of every member and Secret that a run's own cluster may have left.
 *  @throws {ToolError} as retrying */
export async function deleteRun(run: string, { core, namespace }: KubernetesClient, ctx: Ctx): Promise<void> {
  const labelSelector = `${LABELS.run}=${run},${LABELS.role} in (master,worker)`;
  const secrets = `${LABELS.run}=${run},${LABELS.role}=secret`;
  await Promise.all([
    retrying(
      'delete the pods of the run',
      () => core.deleteCollectionNamespacedPod({ namespace, labelSelector, gracePeriodSeconds: 1 }),
      ctx,
    ),
    retrying(
      'delete the secrets of the run',
      () => core.deleteCollectionNamespacedSecret({ namespace, labelSelector: secrets }),
      ctx,
    ),
  ]);
}
