import type { Ctx } from './context.ts';
import type { MemberRole } from './events.ts';

export interface Resources {
  readonly millicores: number;
  /** All that a worker may use: executor heap, Python workers, buffers. */
  readonly memoryBytes: number;
}

/** Whose cluster it is: it ends with this run. */
export interface Owner {
  readonly run: string;
  /** The run's lease directory: the members' logs are kept in its `logs/`. */
  readonly directory: string;
}

export interface ClusterSpec {
  readonly name: string;
  readonly workers: number;
  readonly worker: Resources;
  /** `null`: nobody's. */
  readonly owner: Owner | null;
  /** `null`: shared, outlives every run. */
  readonly lease: { readonly seconds: number } | null;
  /** Spark properties for the master and the workers. */
  readonly conf: Readonly<Record<string, string>>;
}

export interface Cluster {
  readonly name: string;
  /** `spark://127.0.0.1:20411` */
  readonly master: string;
  /** The master's web page; `null` where it is not known. */
  readonly webUi: string | null;
  /** Goes to the driver as `_SPARK_AUTH_SECRET`, never into an argument list or a file. `null`: no authentication. */
  readonly secret: string | null;
}

export type ClusterState = 'starting' | 'ready' | 'ending' | 'orphaned';

export interface ClusterStatus {
  readonly name: string;
  readonly platform: 'local' | 'docker' | 'kubernetes';
  readonly state: ClusterState;
  readonly run: string | null;
  readonly master: string | null;
  readonly webUi: string | null;
  readonly workers: number;
  readonly createdAt: string;
}

export interface MemberId {
  readonly role: MemberRole;
  readonly index: number;
}

export interface MemberChange {
  readonly member: MemberId;
  readonly state: 'started' | 'lost';
  /** Why it was lost: `killed by SIGKILL`, `ended with status 1`. */
  readonly reason?: string;
}

export interface ClusterProvider {
  /** Resolves when the master answers `ALIVE`, not when workers do; workers are starting then.
   *  @throws {ToolError} CLUSTER_FAILED, CLUSTER_TIMEOUT, CLUSTER_EXISTS; what was made so far is the caller's to delete. */
  create(spec: ClusterSpec, ctx: Ctx): Promise<Cluster>;
  find(name: string, ctx: Ctx): Promise<Cluster | undefined>;
  list(ctx: Ctx): AsyncIterable<ClusterStatus>;
  /** Starts or stops workers until `workers` run: also how lost ones are replaced. */
  scale(name: string, workers: number, ctx: Ctx): Promise<void>;
  /** Idempotent: deleting what is gone resolves. */
  delete(name: string, ctx: Ctx): Promise<void>;
}

export interface ClusterWatcher {
  /** Every change of a member from now on; ends when the cluster is deleted or `ctx.signal` aborts. */
  watch(name: string, ctx: Ctx): AsyncIterable<MemberChange>;
}

/** Which cluster a run gets. `attach`, `url` and `local` come with shared clusters. */
export type ClusterChoice = { readonly kind: 'ephemeral'; readonly spec: ClusterSpec };
