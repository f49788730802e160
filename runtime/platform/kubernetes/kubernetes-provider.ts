import type { V1OwnerReference } from '@kubernetes/client-node';
import type { Cluster, ClusterProvider, ClusterSpec, ClusterStatus, ClusterWatcher } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import type { MemberGuard } from '../container/guard-command.ts';
import type { MemberImage } from '../container/member-command.ts';
import { createCluster } from './create-cluster.ts';
import { deleteCluster } from './delete-cluster.ts';
import { findCluster, recordOf } from './find-cluster.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { listClusters } from './list-clusters.ts';
import type { MemberPods } from './member-pods.ts';
import type { PodBoard } from './pod-board.ts';
import { scaleWorkers } from './scale-workers.ts';
import { watchMembers } from './watch-members.ts';

/** A guard whose program comes with the cluster's Secret. */
export interface PodGuard extends MemberGuard {
  /** The text of the program. */
  readonly program: string;
}

export interface KubernetesProviderOptions {
  readonly client: KubernetesClient;
  /** Sees the pods of every cluster that this provider is asked about. */
  readonly board: PodBoard;
  /** What new clusters are made of; `null` where none are made. */
  readonly members: { readonly image: MemberImage; readonly python: string | null; readonly pods: MemberPods } | null;
  /** For the master to answer. */
  readonly deadlineMs: number;
  /** Who ends a cluster whose launcher is gone; `null`: nobody, as of shared ones. */
  readonly guard: PodGuard | null;
  /** The launcher's own pod: with it goes what was made here, whoever deletes it. `null`: nothing does. */
  readonly owner: V1OwnerReference | null;
  /** For the labels of what is made. */
  readonly app: string | undefined;
}

/** What a provider knows of its clusters that no object says. */
export interface ClusterMemory {
  /** Pods, by uid, that were ended here: no loss. */
  readonly ended: Set<string>;
  /** The last number that a worker of a cluster got: one that is gone without a trace had it. */
  readonly numbers: Map<string, number>;
}

/** Clusters as bare pods of a namespace. What there is, is what its API server says there is. */
export function createKubernetesProvider(options: KubernetesProviderOptions): ClusterProvider & ClusterWatcher {
  const memory: ClusterMemory = { ended: new Set(), numbers: new Map() };
  return {
    create: (spec: ClusterSpec, ctx: Ctx, onAddress?: (cluster: Cluster) => void): Promise<Cluster> =>
      createCluster({ spec, options, memory, onAddress }, ctx),

    find: (name: string, ctx: Ctx): Promise<Cluster | undefined> => findCluster(name, options, ctx),

    list: (ctx: Ctx): AsyncIterable<ClusterStatus> => listClusters(options, ctx),

    async scale(name: string, workers: number, ctx: Ctx): Promise<void> {
      const cluster = await findCluster(name, options, ctx);
      const record = recordOf(name, options.board);
      if (record === undefined) {
        throw new ToolError('CLUSTER_NOT_FOUND', `Cannot scale the cluster "${name}": there is no such cluster here`);
      }
      if (cluster === undefined) {
        throw new ToolError('CLUSTER_FAILED', `Cannot start workers of "${name}": its master does not run`, {
          hint: 'Delete the cluster and create it again',
        });
      }
      await scaleWorkers({ record, master: cluster.master, workers, options, memory }, ctx);
    },

    delete: (name: string, ctx: Ctx): Promise<void> => deleteCluster({ name, options, memory }, ctx),

    watch: (name: string, ctx: Ctx) => watchMembers({ name, board: options.board, memory }, ctx),
  };
}
