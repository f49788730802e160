import type Docker from 'dockerode';
import type { Cluster, ClusterProvider, ClusterSpec, ClusterStatus, ClusterWatcher } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { findRecord, readCluster } from './cluster-record.ts';
import type { ContainerImage } from './container-image.ts';
import { createCluster } from './create-cluster.ts';
import { deleteCluster } from './delete-cluster.ts';
import { listClusters } from './list-clusters.ts';
import type { VolumeGuard } from './member-volume.ts';
import { scaleWorkers } from './scale-workers.ts';
import { watchMembers } from './watch-members.ts';

export interface DockerProviderOptions {
  readonly docker: Docker;
  /** What new clusters are made of; `null` where none are made. */
  readonly image: ContainerImage | null;
  /** For the master to answer. */
  readonly deadlineMs: number;
  /** The network that the cluster of a run takes, which is not its own to delete; `null` makes one for each cluster. */
  readonly network: string | null;
  /** Who ends a cluster whose launcher is gone; `null`: nobody, as of shared ones. */
  readonly guard: VolumeGuard | null;
  /** For the labels of what is made. */
  readonly app: string | undefined;
  readonly owner: string | undefined;
  readonly launcher: string | undefined;
}

/** Clusters as containers of a Docker daemon, each in a network of its own. What there is, is what the daemon says there is: no file tells of them. */
export function createDockerProvider(options: DockerProviderOptions): ClusterProvider & ClusterWatcher {
  const { docker } = options;
  /** Containers that were ended here: no loss. */
  const ended = new Set<string>();
  /** Those that were not, and have ended all the same. */
  const lost = new Set<string>();
  const numbers = new Map<string, number>();
  /** Where the logs of a run's own cluster go. */
  const owners = new Map<string, string>();
  return {
    async create(spec: ClusterSpec, ctx: Ctx, onAddress?: (cluster: Cluster) => void): Promise<Cluster> {
      if (spec.owner !== null) owners.set(spec.name, spec.owner.directory);
      return createCluster({ spec, options, ended, lost, numbers, onAddress }, ctx);
    },

    async find(name: string, ctx: Ctx): Promise<Cluster | undefined> {
      const record = await findRecord(docker, name, ctx);
      return record && readCluster(docker, record, ctx);
    },

    list: (ctx: Ctx): AsyncIterable<ClusterStatus> => listClusters(docker, ctx),

    async scale(name: string, workers: number, ctx: Ctx): Promise<void> {
      const record = await findRecord(docker, name, ctx);
      if (record === undefined) {
        throw new ToolError('CLUSTER_NOT_FOUND', `Cannot scale the cluster "${name}": there is no such cluster here`);
      }
      await scaleWorkers({ record, workers, options, ended, lost, numbers, logs: owners.get(name) }, ctx);
    },

    async delete(name: string, ctx: Ctx): Promise<void> {
      await deleteCluster({ name, docker, ended, logs: owners.get(name), keptNetwork: options.network }, ctx);
    },

    watch: (name: string, ctx: Ctx) => watchMembers({ name, docker, ended, lost }, ctx),
  };
}
