import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Layout } from '../../core/app.ts';
import type {
  Cluster,
  ClusterProvider,
  ClusterSpec,
  ClusterStatus,
  ClusterWatcher,
  MemberChange,
} from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import {
  clusterFolder,
  keepExecutorLogs,
  makeClusterFolder,
  readDescription,
  removeClusterFolder,
  writeDescription,
} from './cluster-folder.ts';
import { endProcesses } from './end-processes.ts';
import { listClusters } from './list-clusters.ts';
import { LocalCluster } from './local-cluster.ts';
import { readProcessRecords } from './process-record.ts';
import { attachShared, createShared, deleteShared, findShared, scaleShared } from './shared-cluster.ts';

export interface LocalProviderOptions {
  readonly stateFolder: string;
  readonly layout: Layout;
  /** An exact release. */
  readonly spark: string;
  /** What every member gets: PATH, HOME, the run's marker. */
  readonly env: Readonly<Record<string, string>>;
  /** The version of its Python, for the label of a shared cluster. */
  readonly python: string | null;
  /** Of this process. */
  readonly pid: number;
  /** For the master to answer. */
  readonly deadlineMs: number;
}

const SECRET_BYTES = 32;

/** Clusters as processes of this machine, on 127.0.0.1: a run's own are children of the process that creates them, shared ones
 *  outlive it and are found by any other. */
export function createLocalProvider(options: LocalProviderOptions): ClusterProvider & ClusterWatcher {
  const clusters = new Map<string, LocalCluster>();

  return {
    async create(spec: ClusterSpec, ctx: Ctx, onAddress?: (cluster: Cluster) => void): Promise<Cluster> {
      if (spec.lease === null) return createShared(spec, options, options, ctx);
      const folder = clusterFolder(options.stateFolder, spec.name);
      if (!(await makeClusterFolder(folder))) {
        throw new ToolError('CLUSTER_EXISTS', `Cannot create the cluster "${spec.name}": there is one of this name`);
      }
      const description = {
        version: 1,
        name: spec.name,
        run: spec.owner?.run ?? null,
        ownerDirectory: spec.owner?.directory ?? null,
        master: null,
        webUi: null,
        workers: spec.workers,
        createdAt: new Date(ctx.now()).toISOString(),
      } as const;
      await writeDescription(folder, description);
      const secret = randomBytes(SECRET_BYTES).toString('hex');
      const context = { layout: options.layout, spark: options.spark, folder, env: options.env, secret };
      const local = new LocalCluster({ context, spec, deadlineMs: options.deadlineMs });
      clusters.set(spec.name, local);
      const cluster = await local.start(ctx, onAddress);
      await writeDescription(folder, { ...description, master: cluster.master, webUi: cluster.webUi });
      await local.scale(spec.workers);
      return cluster;
    },

    async find(name: string): Promise<Cluster | undefined> {
      const own = clusters.get(name)?.cluster;
      if (own) return own;
      const shared = await findShared(options.stateFolder, name);
      return shared && attachShared(shared);
    },

    list: (ctx: Ctx): AsyncIterable<ClusterStatus> => listClusters(options.stateFolder, ctx),

    async scale(name: string, workers: number, ctx: Ctx): Promise<void> {
      const local = clusters.get(name);
      if (local) return local.scale(workers);
      const shared = await findShared(options.stateFolder, name);
      if (shared) return scaleShared(shared, workers, options, ctx);
      throw new ToolError('CLUSTER_NOT_FOUND', `Cannot scale the cluster "${name}": there is no such cluster here`);
    },

    async delete(name: string): Promise<void> {
      const folder = clusterFolder(options.stateFolder, name);
      clusters.get(name)?.end();
      clusters.delete(name);
      const shared = await findShared(options.stateFolder, name);
      if (shared) {
        await deleteShared(shared);
        return;
      }
      const description = await readDescription(folder);
      if (!description) return;
      const home = description.ownerDirectory ?? folder.root;
      const records = await readProcessRecords(join(home, LeaseFile.processes));
      await endProcesses(description.run ?? name, records);
      if (description.ownerDirectory !== null) await keepExecutorLogs(folder, join(home, LeaseFile.logs));
      await removeClusterFolder(folder);
    },

    async *watch(name: string, ctx: Ctx): AsyncIterable<MemberChange> {
      const local = clusters.get(name);
      if (local) yield* local.changes.read(ctx.signal);
    },
  };
}
