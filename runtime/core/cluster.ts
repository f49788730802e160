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
  /** The version of its Spark; `null` where nothing says it. */
  readonly spark: string | null;
}

/** `degraded`: a shared cluster with less than it should have. `orphaned`: nothing of it will ever work again, `prune` deletes it.
 *  `unreadable`: what it is nobody can say, because it was never described, or by another version of hibana. */
export type ClusterState = 'starting' | 'ready' | 'degraded' | 'ending' | 'orphaned' | 'unreadable';

export interface ClusterStatus {
  readonly name: string;
  readonly platform: 'local' | 'docker' | 'kubernetes';
  readonly state: ClusterState;
  readonly run: string | null;
  readonly master: string | null;
  readonly webUi: string | null;
  /** How many it should have; `null` where that is not known. */
  readonly workers: number | null;
  readonly createdAt: string;
  /** Outlives every run; `null` where that is not known. */
  readonly shared: boolean | null;
  /** What is wrong with it, in words; `null`: nothing. */
  readonly problem: string | null;
  /** Versions it is labelled with; `null` where they are not known. */
  readonly spark: string | null;
  readonly python: string | null;
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
  /** It used more memory than it was given. */
  readonly isOutOfMemory?: boolean;
}

export interface ClusterProvider {
  /** Resolves when the master answers `ALIVE`, not when workers do; workers are starting then.
   *  `onAddress` is told where the master will be as soon as that is known, which may be before it answers, and again if it has to move.
   *  @throws {ToolError} CLUSTER_FAILED, CLUSTER_TIMEOUT, CLUSTER_EXISTS; what was made so far is the caller's to delete. */
  create(spec: ClusterSpec, ctx: Ctx, onAddress?: (cluster: Cluster) => void): Promise<Cluster>;
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

/** What a run takes of a cluster that is not its own, so that others can run beside it: this many executors of this size at most. */
export interface ClusterShare {
  readonly executors: number;
  readonly executor: Resources;
}

/** Which cluster a run gets. Only the first is made for it and deleted after it. */
export type ClusterChoice =
  | { readonly kind: 'ephemeral'; readonly spec: ClusterSpec }
  /** A shared cluster of this platform, by its name. */
  | { readonly kind: 'attach'; readonly name: string; readonly share: ClusterShare }
  | {
      readonly kind: 'url';
      /** `spark://host:7077`, or several hosts with commas. */
      readonly master: string;
      /** Its web page; `null` where nobody said: the usual port is tried. */
      readonly webUi: string | null;
      /** The file with its `spark.authenticate` secret; `null` where it asks for none. */
      readonly secretFile: string | null;
      readonly share: ClusterShare;
      /** Its workers are on other machines: where their Python imports from, relative to an executor's folder, and what it is called. */
      readonly pythonPath: readonly string[];
      readonly python: string | null;
    }
  /** A Spark Connect server: the job is a client of it, without a JVM of its own. */
  | { readonly kind: 'connect'; readonly remote: string }
  /** No cluster at all: executors are threads of the driver. `master` is `local[*]`, `local[4]`, `local[4,2]`. */
  | { readonly kind: 'local'; readonly master: string };
