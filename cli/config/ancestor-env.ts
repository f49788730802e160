import { ToolError } from '../../runtime/core/errors.ts';
import { checkName } from '../../runtime/core/names.ts';
import { parseSubmitOptions } from '../../runtime/core/submit-options.ts';
import { parseClusterVariable } from './cluster-target.ts';
import { didYouMean } from './did-you-mean.ts';
import * as values from './flag-values.ts';
import { parseResolveAt } from './resolve-at.ts';
import type { Environment } from './settings.ts';
import type { LayerLists, LayerMaps, LayerValues, SettingsLayer } from './settings-layer.ts';
import { splitShellWords } from './shell-words.ts';

export interface EnvironmentSettings {
  readonly layer: SettingsLayer;
  /** The named configuration that the environment chooses. */
  readonly config: string | undefined;
  readonly notices: readonly string[];
}

/** What the environment says: our own scalar variables, and the ancestor's where the meaning agrees. An empty value says nothing.
 *  @throws {ToolError} USAGE naming the variable, also where a variable asks for what a run here does not have */
export function readEnvironment(env: Environment): EnvironmentSettings {
  const said = VARIABLES.flatMap(({ name, read }) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [read(value, name)];
  });
  return {
    layer: {
      origin: 'environment',
      values: Object.assign({}, ...said.map((part) => part.values)),
      lists: Object.assign({}, ...said.map((part) => part.lists)),
      maps: { conf: Object.assign({}, ...said.map((part) => part.conf)) },
    },
    config: said.findLast((part) => part.config !== undefined)?.config,
    notices: said.flatMap((part) => part.notice ?? []),
  };
}

/** A variable of the environment: the README's table is made from this list. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
  readonly read: (value: string, name: string) => Said;
}

interface Said {
  readonly values?: Partial<LayerValues>;
  readonly lists?: Partial<LayerLists>;
  readonly conf?: LayerMaps['conf'];
  readonly config?: string;
  readonly notice?: string;
}

/** Later ones win over earlier ones: ours come last. */
export const VARIABLES: readonly Variable[] = [
  { name: 'APP_FILE', meaning: 'as --app-file', read: (text, name) => main(values.parseSourcePath(text, name)) },
  { name: 'APP_MAIN_CLASS', meaning: 'as --main-class', read: (text) => ({ values: { mainClass: text } }) },
  {
    name: 'APP_ARGS',
    meaning: 'arguments in one text, split as a shell would; arguments after -- replace it',
    read: (text, name) => ({ lists: { args: splitShellWords(text, name) } }),
  },
  {
    name: 'SPARK_OPTIONS',
    meaning: "spark-submit's options in one text, split as a shell would",
    read: readSparkOptions,
  },
  { name: 'DRIVER_HOST', meaning: 'spark.driver.host', read: (text) => ({ conf: { 'spark.driver.host': text } }) },
  { name: 'OSHINKO_NAMED_CONFIG', meaning: 'as --config', read: (text) => ({ config: text }) },
  {
    name: 'OSHINKO_DEL_CLUSTER',
    meaning: 'true is what always happens; anything else is said not to be obeyed',
    read: (text, name) =>
      text === 'true' ? {} : { notice: `${name}=${text} is not obeyed: the cluster of a run ends with the run` },
  },
  {
    name: 'APP_EXIT',
    meaning: 'nothing: a run always ends with the status of its job',
    read: (_text, name) => ({ notice: `${name} means nothing here: a run always ends with the status of its job` }),
  },
  {
    name: 'OSHINKO_KUBE_SCHEDULER',
    meaning: 'false is what always happens; true is refused',
    read: (text, name) => {
      if (text === 'false') return {};
      throw absent(name, "Spark's own Kubernetes scheduler is not used by a run on this machine");
    },
  },
  {
    name: 'OSHINKO_CLUSTER_NAME',
    meaning: "a shared cluster of this name if there is one, else the name of the run's own",
    read: (text) => ({ values: { 'cluster.attach': { kind: 'named', name: checkName(text) } } }),
  },
  {
    name: 'SPARK_URL_OVERRIDE',
    meaning: 'as --cluster, a URL',
    read: cluster,
  },
  {
    name: 'OSHINKO_SPARK_DRIVER_CONFIG',
    meaning: 'refused: it names a ConfigMap',
    read: (_text, name) => {
      throw absent(name, 'there are no ConfigMaps on this machine', 'put its files into spark-conf/ in the source');
    },
  },
  {
    name: 'HIBANA_CLUSTER',
    meaning: 'as --cluster; a name that no shared cluster has names the own one of the run',
    read: cluster,
  },
  { name: 'HIBANA_CLUSTER_UI', meaning: 'as --cluster-ui', read: (text) => ({ values: { 'cluster.ui': text } }) },
  {
    name: 'HIBANA_CLUSTER_SECRET_FILE',
    meaning: 'as --cluster-secret-file',
    read: (text) => ({ values: { 'cluster.secretFile': text } }),
  },
  {
    name: 'HIBANA_WORKERS',
    meaning: 'as --workers',
    read: (text, name) => ({ values: { 'cluster.workers': values.parseWorkers(text, name) } }),
  },
  {
    name: 'HIBANA_WORKER_CORES',
    meaning: 'as --worker-cores',
    read: (text, name) => ({ values: { 'cluster.worker.cores': values.parseWorkerCores(text, name) } }),
  },
  {
    name: 'HIBANA_WORKER_MEMORY',
    meaning: 'as --worker-memory',
    read: (text, name) => ({ values: { 'cluster.worker.memory': values.parseWorkerMemory(text, name) } }),
  },
  { name: 'HIBANA_SPARK', meaning: 'as --spark', read: (text) => ({ values: { spark: text } }) },
  { name: 'HIBANA_PYTHON', meaning: 'as --python', read: (text) => ({ values: { python: text } }) },
  {
    name: 'HIBANA_RESOLVE_AT',
    meaning: 'as --resolve-at',
    read: (text, name) => ({ values: { 'build.resolveAt': parseResolveAt(text, name) } }),
  },
  { name: 'HIBANA_BUILDER', meaning: 'as --builder', read: (text) => ({ values: { 'build.builder': text } }) },
  { name: 'HIBANA_CONFIG', meaning: 'as --config', read: (text) => ({ config: text }) },
];

function cluster(text: string, name: string): Said {
  return { values: { 'cluster.attach': parseClusterVariable(text, name) } };
}

function main(path: string): Said {
  return { values: { main: path } };
}

function readSparkOptions(text: string, variable: string): Said {
  const { conf, mainClass, name, ignored, ...lists } = parseSubmitOptions(splitShellWords(text, variable), didYouMean);
  return {
    ...(mainClass === null ? {} : { values: { mainClass } }),
    // `--name` there is what Spark's page shows, which may be any text; ours is a name on every platform.
    conf: name === null ? conf : { ...conf, 'spark.app.name': name },
    lists: Object.fromEntries(Object.entries(lists).filter(([, items]) => items.length > 0)),
    ...(ignored.length === 0 ? {} : { notice: `${variable}: ${ignored.join(', ')} means nothing here` }),
  };
}

function absent(name: string, because: string, instead?: string): ToolError {
  return new ToolError('USAGE', `Cannot do what ${name} asks for: ${because}`, {
    hint: `Unset ${name}${instead === undefined ? '' : `, and ${instead}`}`,
    details: { variable: name },
  });
}
