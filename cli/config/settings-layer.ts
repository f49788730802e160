import type { ClusterTarget } from '../../runtime/core/cluster-target.ts';
import type { Extra } from './known-values.ts';
import type { ResolveAt } from './resolve-at.ts';
import type { Origin } from './settings.ts';

/** What one of the sources of settings says, checked and in our units; what it does not say is `undefined`. */
export interface SettingsLayer {
  readonly origin: Origin;
  readonly values: Said<LayerValues>;
  readonly lists: Said<LayerLists>;
  readonly maps: Said<LayerMaps>;
}

/** Single values, by their path in hibana.yaml where they have one: the highest layer that says one wins. */
export interface LayerValues {
  readonly name: string;
  readonly kind: 'job' | 'service';
  readonly main: string;
  readonly mainClass: string;
  readonly spark: string;
  readonly python: string;
  readonly port: number;
  readonly 'cluster.attach': ClusterTarget;
  readonly 'cluster.ui': string;
  readonly 'cluster.secretFile': string;
  readonly 'cluster.workers': number;
  /** Millicores. */
  readonly 'cluster.worker.cores': number;
  /** Bytes. */
  readonly 'cluster.worker.memory': number;
  /** Milliseconds. */
  readonly timeout: number;
  /** Milliseconds. */
  readonly clusterTimeout: number;
  readonly indexUrl: string;
  readonly 'build.resolveAt': ResolveAt;
  readonly 'build.builder': string;
  readonly 'health.path': string;
  readonly 'health.port': number;
  /** Milliseconds. */
  readonly 'health.timeout': number;
  readonly onRedeploy: 'wait' | 'replace' | 'parallel';
  /** That there is one: what it says is for whoever can start schedules. */
  readonly schedule: true;
}

export interface LayerLists {
  readonly args: readonly string[];
  readonly packages: readonly string[];
  readonly extras: readonly Extra[];
  readonly excludePackages: readonly string[];
  readonly repositories: readonly string[];
  readonly jars: readonly string[];
  readonly pyFiles: readonly string[];
  readonly files: readonly string[];
  readonly archives: readonly string[];
  readonly exclude: readonly string[];
  readonly notify: readonly NotifyWanted[];
}

/** Who is to be told of the end of a run, with its secret by name. */
export interface NotifyWanted {
  readonly url: string;
  readonly secret?: string | undefined;
  readonly on?: readonly ('succeeded' | 'failed')[] | undefined;
}

export interface LayerMaps {
  readonly conf: Text;
  readonly env: Text;
  readonly executorEnv: Text;
  readonly 'build.env': Text;
  /** Name → file. */
  readonly secrets: Text;
}

type Text = Readonly<Record<string, string>>;
type Said<T> = { readonly [K in keyof T]?: T[K] | undefined };
