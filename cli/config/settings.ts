import type { PlanOptions } from '../../builder-images/builder.ts';
import type { Resources } from '../../runtime/core/cluster.ts';
import type { ClusterTarget } from '../../runtime/core/cluster-target.ts';
import type { LaunchRequest, Notify } from '../../runtime/core/launch-env.ts';
import type { Extra } from './known-values.ts';
import type { ResolveAt } from './resolve-at.ts';

/** What one run is made of, after flags, environment, hibana.yaml and the user's own file have been weighed against each other. */
export interface Settings {
  /** What is built: hibana.yaml over the user's own file, and the scalars that flags or environment replace. */
  readonly plan: PlanOptions;
  /** The folder of the application that was chosen from `apps:`, relative to the source; `null` is the source's own. */
  readonly contextDir: string | null;
  readonly cluster: ClusterSettings;
  /** What is added to the job by name. */
  readonly extras: readonly Extra[];
  /** One run's own: what flags and environment add to the plan, and what the plan has no place for. */
  readonly submit: LaunchRequest['submit'];
  readonly timeouts: LaunchRequest['timeouts'];
  readonly build: BuildSettings;
  readonly deployment: DeploymentSettings;
  /** Who is told of the end of a run. */
  readonly notify: readonly Notify[];
  /** The Python package index; `null` leaves it to uv and the requirements. */
  readonly indexUrl: string | null;
  readonly resolveAt: ResolveAt;
  /** Where a value came from, by its path in hibana.yaml: `cluster.workers`, `conf.spark.ui.enabled`, `packages`. */
  readonly origin: Readonly<Record<string, Origin>>;
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
}

export type Origin = 'flag' | 'environment' | 'project' | 'user' | 'default';

/** What only `deploy` asks for. */
export interface DeploymentSettings {
  /** How a service is asked whether it is well: an HTTP path, or a connection where there is none; on the service's own port where it names none. */
  readonly health: { readonly path: string | null; readonly port: number | null; readonly timeoutMs: number };
  /** What becomes of runs that go on as a revision comes. */
  readonly onRedeploy: 'wait' | 'replace' | 'parallel';
  /** Whether somebody wants it to start by itself. */
  readonly isScheduled: boolean;
}

/** What only `build` asks for. */
export interface BuildSettings {
  /** The builder image; `null` when nobody named one. */
  readonly builder: string | null;
  /** Variables for the build alone. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ClusterSettings {
  /** `null`: one of the run's own, named for the run. */
  readonly target: ClusterTarget | null;
  /** The web page of a master that is attached to by URL. */
  readonly ui: string | null;
  /** The file with the secret of a master that is attached to by URL. */
  readonly secretFile: string | null;
  readonly workers: number;
  readonly worker: Resources;
}

/** The flags of `run`, `plan` and `build`, as the command line gives them: text, not checked. */
export interface Flags {
  readonly appFile?: string | undefined;
  readonly mainClass?: string | undefined;
  readonly name?: string | undefined;
  /** `job` or `service`. */
  readonly kind?: string | undefined;
  /** One of `apps:`. */
  readonly app?: string | undefined;
  /** One of `configs:`. */
  readonly config?: string | undefined;
  /** A shared cluster's name, a URL, or `local`. */
  readonly cluster?: string | undefined;
  readonly clusterUi?: string | undefined;
  readonly clusterSecretFile?: string | undefined;
  readonly driverHost?: string | undefined;
  readonly workers?: string | undefined;
  /** Whole cores: `2`, `2000m`. */
  readonly workerCores?: string | undefined;
  /** `2g`, `512m`. */
  readonly workerMemory?: string | undefined;
  readonly spark?: string | undefined;
  readonly python?: string | undefined;
  readonly builder?: string | undefined;
  readonly port?: string | undefined;
  readonly healthPath?: string | undefined;
  /** As `timeout`. */
  readonly healthTimeout?: string | undefined;
  /** `wait`, `replace`, `parallel`. */
  readonly onRedeploy?: string | undefined;
  /** Five cron fields. */
  readonly schedule?: string | undefined;
  readonly indexUrl?: string | undefined;
  /** `commit`, `now`, a date. */
  readonly resolveAt?: string | undefined;
  /** For the whole run: `90s`, `30m`, `2h`; a bare number is seconds. */
  readonly timeout?: string | undefined;
  /** For the cluster to come up, as `timeout`. */
  readonly clusterTimeout?: string | undefined;
  /** `key=value` each. */
  readonly conf?: readonly string[] | undefined;
  /** Maven coordinates; commas separate as well. So in the four lists below. */
  readonly packages?: readonly string[] | undefined;
  readonly excludePackages?: readonly string[] | undefined;
  readonly repositories?: readonly string[] | undefined;
  readonly extra?: readonly string[] | undefined;
  readonly jars?: readonly string[] | undefined;
  readonly pyFiles?: readonly string[] | undefined;
  readonly files?: readonly string[] | undefined;
  /** `NAME=value`, or `NAME` alone: taken from the environment. */
  readonly env?: readonly string[] | undefined;
  /** Files of `NAME=value` lines. */
  readonly envFile?: readonly string[] | undefined;
  readonly executorEnv?: readonly string[] | undefined;
  /** As `env`, for the build alone. */
  readonly buildEnv?: readonly string[] | undefined;
  /** `NAME=file` each. */
  readonly secret?: readonly string[] | undefined;
  /** What follows `--`. */
  readonly args?: readonly string[] | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The files that flags name, from outside, so that settings stay pure. */
export interface FileAccess {
  isReadable(path: string): boolean;
  /** `undefined` when it cannot be read. */
  readText(path: string): string | undefined;
}
