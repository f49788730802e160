import type { Cluster } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { type ClusterRecord, clusterAt, recordsOf, SECRET_KEY, secretName } from './cluster-record.ts';
import { NOT_FOUND, statusOf } from './kubernetes-errors.ts';
import type { KubernetesProviderOptions } from './kubernetes-provider.ts';
import type { PodBoard } from './pod-board.ts';
import { isRunning } from './pod-state.ts';
import { retrying } from './retry.ts';

/** `undefined` when nothing of this name is there. */
export function recordOf(name: string, board: PodBoard): ClusterRecord | undefined {
  return recordsOf(board.pods).find((record) => record.name === name);
}

/** What a run has to know to use it; `undefined` while its master does not run.
 *  @throws {ToolError} KUBERNETES_FORBIDDEN, KUBERNETES_UNREACHABLE */
export async function findCluster(
  name: string,
  { board, client }: Pick<KubernetesProviderOptions, 'board' | 'client'>,
  ctx: Ctx,
): Promise<Cluster | undefined> {
  await board.known(ctx);
  const { master, description } = recordOf(name, board) ?? {};
  const address = master?.status?.podIP;
  if (master === undefined || description === undefined || address === undefined || !isRunning(master))
    return undefined;
  const { core, namespace } = client;
  const isGone = (error: unknown): boolean => statusOf(error) === NOT_FOUND;
  try {
    const read = () => core.readNamespacedSecret({ namespace, name: secretName(name) });
    const { data } = await retrying(`read the secret of the cluster "${name}"`, read, ctx, isGone);
    const secret = Buffer.from(data?.[SECRET_KEY.auth] ?? '', 'base64').toString();
    return clusterAt({ name, address, secret, spark: description.spark });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
