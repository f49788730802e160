import { type ClusterTarget, parseClusterVariable } from './cluster-target.ts';
import { ToolError } from './errors.ts';
import * as values from './run-values.ts';
import { splitShellWords } from './shell-words.ts';
import { parseSubmitOptions, type Suggest } from './submit-options.ts';

/** What variables say of one run, checked and in our units; single values by their path in hibana.yaml where they have one. */
export interface RunSaid {
  readonly values?: Partial<RunValues>;
  readonly lists?: Partial<RunLists>;
  readonly conf?: Readonly<Record<string, string>>;
  /** What the user should know, a sentence. */
  readonly notice?: string;
}

export interface RunValues {
  readonly main: string;
  readonly mainClass: string;
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
}

export interface RunLists {
  readonly args: readonly string[];
  readonly packages: readonly string[];
  readonly excludePackages: readonly string[];
  readonly repositories: readonly string[];
  readonly jars: readonly string[];
  readonly pyFiles: readonly string[];
  readonly files: readonly string[];
  readonly archives: readonly string[];
}

/** A variable of the environment. `Said` is what it can say; a value that is empty is not read. */
export interface Variable<Said> {
  readonly name: string;
  /** The option that says the same; `null` where there is none. */
  readonly flag: string | null;
  readonly meaning: string;
  readonly read: (value: string, name: string, suggest?: Suggest) => Said;
}

/** What variables with a value say, in the order of the table, in which later ones win.
 *  @throws {ToolError} USAGE naming the variable, and the codes of its value */
export function readVariables<Said>(
  variables: readonly Variable<Said>[],
  env: Readonly<Record<string, string | undefined>>,
  suggest?: Suggest,
): readonly Said[] {
  return variables.flatMap(({ name, read }) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [read(value, name, suggest)];
  });
}

/** What one run is told by its environment, on a laptop as in a container: the ancestor's variables where the meaning agrees, and ours,
 *  which come last and win. */
export const RUN_VARIABLES: readonly Variable<RunSaid>[] = [
  {
    name: 'APP_FILE',
    flag: '--app-file',
    meaning: 'the file to run',
    read: (text, name) => ({ values: { main: values.parseSourcePath(text, name) } }),
  },
  {
    name: 'APP_MAIN_CLASS',
    flag: '--main-class',
    meaning: 'the class to run, of a jar',
    read: (text) => ({ values: { mainClass: text } }),
  },
  {
    name: 'APP_ARGS',
    flag: null,
    meaning: 'arguments in one text, split as a shell would; arguments on the command line replace it',
    read: (text, name) => ({ lists: { args: splitShellWords(text, name) } }),
  },
  {
    name: 'SPARK_OPTIONS',
    flag: null,
    meaning: "spark-submit's options in one text, split as a shell would",
    read: readSparkOptions,
  },
  {
    name: 'DRIVER_HOST',
    flag: '--driver-host',
    meaning: 'spark.driver.host',
    read: (text) => ({ conf: { 'spark.driver.host': text } }),
  },
  {
    name: 'OSHINKO_DEL_CLUSTER',
    flag: null,
    meaning: 'true is what always happens; anything else is said not to be obeyed',
    read: (text, name) =>
      text === 'true' ? {} : { notice: `${name}=${text} is not obeyed: the cluster of a run ends with the run` },
  },
  {
    name: 'APP_EXIT',
    flag: null,
    meaning: 'nothing: a run always ends with the status of its job',
    read: (_text, name) => ({ notice: `${name} means nothing here: a run always ends with the status of its job` }),
  },
  {
    name: 'OSHINKO_KUBE_SCHEDULER',
    flag: null,
    meaning: 'false is what always happens; true is refused',
    read: (text, name) => {
      if (text === 'false') return {};
      throw refusedVariable(name, "Spark's own Kubernetes scheduler is not used by a run here");
    },
  },
  {
    name: 'OSHINKO_SPARK_DRIVER_CONFIG',
    flag: null,
    meaning: 'refused: it names a ConfigMap',
    read: (_text, name) => {
      throw refusedVariable(name, 'there are no ConfigMaps here', 'put its files into spark-conf/ in the source');
    },
  },
  {
    name: 'OSHINKO_CLUSTER_NAME',
    flag: null,
    meaning: "a shared cluster of this name if there is one, else the name of the run's own",
    read: readCluster,
  },
  {
    name: 'SPARK_URL_OVERRIDE',
    flag: '--cluster',
    meaning: 'the cluster, by its URL',
    read: readCluster,
  },
  {
    name: 'HIBANA_CLUSTER',
    flag: '--cluster',
    meaning: 'spark://…, sc://…, local, local[N], or a name: what has no shared cluster is the name of the own one',
    read: readCluster,
  },
  {
    name: 'HIBANA_CLUSTER_UI',
    flag: '--cluster-ui',
    meaning: 'the web page of a master that is given by its URL',
    read: (text) => ({ values: { 'cluster.ui': text } }),
  },
  {
    name: 'HIBANA_CLUSTER_SECRET_FILE',
    flag: '--cluster-secret-file',
    meaning: 'the file with the secret of a master that is given by its URL',
    read: (text) => ({ values: { 'cluster.secretFile': text } }),
  },
  {
    name: 'HIBANA_WORKERS',
    flag: '--workers',
    meaning: 'how many workers, or executors on a cluster of others',
    read: (text, name) => ({ values: { 'cluster.workers': values.parseWorkers(text, name) } }),
  },
  {
    name: 'HIBANA_WORKER_CORES',
    flag: '--worker-cores',
    meaning: 'cores of each',
    read: (text, name) => ({ values: { 'cluster.worker.cores': values.parseWorkerCores(text, name) } }),
  },
  {
    name: 'HIBANA_WORKER_MEMORY',
    flag: '--worker-memory',
    meaning: 'memory of each, such as 2g',
    read: (text, name) => ({ values: { 'cluster.worker.memory': values.parseWorkerMemory(text, name) } }),
  },
  {
    name: 'HIBANA_TIMEOUT',
    flag: '--timeout',
    meaning: 'the time limit of the whole run, such as 30m',
    read: (text, name) => ({ values: { timeout: values.parseDuration(text, name) } }),
  },
  {
    name: 'HIBANA_CLUSTER_TIMEOUT',
    flag: '--cluster-timeout',
    meaning: 'how long the cluster may take to come up',
    read: (text, name) => ({ values: { clusterTimeout: values.parseDuration(text, name) } }),
  },
  {
    name: 'HIBANA_ARGS',
    flag: null,
    meaning: 'as APP_ARGS, which it replaces',
    read: (text, name) => ({ lists: { args: splitShellWords(text, name) } }),
  },
];

function readCluster(text: string, name: string): RunSaid {
  return { values: { 'cluster.attach': parseClusterVariable(text, name) } };
}

function readSparkOptions(text: string, variable: string, suggest?: Suggest): RunSaid {
  const { conf, mainClass, name, ignored, ...lists } = parseSubmitOptions(splitShellWords(text, variable), suggest);
  return {
    ...(mainClass === null ? {} : { values: { mainClass } }),
    // `--name` there is what Spark's page shows, which may be any text; ours is a name on every platform.
    conf: name === null ? conf : { ...conf, 'spark.app.name': name },
    lists: Object.fromEntries(Object.entries(lists).filter(([, items]) => items.length > 0)),
    ...(ignored.length === 0 ? {} : { notice: `${variable}: ${ignored.join(', ')} means nothing here` }),
  };
}

/** For a variable that asks for what is not there. */
export function refusedVariable(name: string, because: string, instead?: string): ToolError {
  return new ToolError('USAGE', `Cannot do what ${name} asks for: ${because}`, {
    hint: `Unset ${name}${instead === undefined ? '' : `, and ${instead}`}`,
    details: { variable: name },
  });
}
