import type { Cluster, ClusterProvider, ClusterWatcher } from '../core/cluster.ts';
import type { Ctx } from '../core/context.ts';
import type { ToolError } from '../core/errors.ts';
import type { LaunchRequest } from '../core/launch-env.ts';
import { launchAttached } from './launch-attached.ts';
import { launchConnected } from './launch-connected.ts';
import { launchOwn } from './launch-own.ts';
import { runJob } from './run-job.ts';

/** How the driver ended: its status as a shell would give it, 128 + n for signal n. */
export interface DriverEnd {
  readonly status: number;
  /** Why, in our words, where Spark says it only in its own. */
  readonly reason?: ToolError;
}

export interface DriverHooks {
  /** The user's code begins when it resolves, at once without it. */
  readonly begin?: Promise<void>;
  /** Is told where the driver's executors will call it, where that is known before it starts. */
  readonly onUrl?: (url: string) => void;
}

/** Runs the user's code against a cluster until it ends by itself, or is stopped because `ctx.signal` aborts: then it rejects
 *  with `signal.reason`, when the driver has ended. */
export type RunDriver = (request: LaunchRequest, cluster: Cluster, ctx: Ctx, hooks?: DriverHooks) => Promise<DriverEnd>;

export interface LaunchDeps {
  readonly provider: ClusterProvider & ClusterWatcher;
  readonly runDriver: RunDriver;
}

/** Runs the job on the cluster that the request chooses. One of its own is made for it and deleted after it; any other is left as it is.
 *  @throws {ToolError} what the provider throws, CLUSTER_TIMEOUT when no worker comes, MASTER_LOST, WORKERS_LOST */
export async function launch(request: LaunchRequest, deps: LaunchDeps, ctx: Ctx): Promise<DriverEnd> {
  const choice = request.cluster;
  switch (choice.kind) {
    case 'ephemeral':
      return launchOwn(request, choice.spec, deps, ctx);
    case 'local':
      return runJob(() => deps.runDriver(request, withoutCluster(choice.master), ctx), ctx);
    case 'attach':
    case 'url':
      return launchAttached(request, choice, deps, ctx);
    case 'connect':
      return launchConnected(request, choice.remote, deps, ctx);
  }
}

/** What the driver is told where it is its own cluster. */
function withoutCluster(master: string): Cluster {
  return { name: 'local', master, webUi: null, secret: null, spark: null };
}
