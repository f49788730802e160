import { RUN_VARIABLES, type RunSaid, readVariables, type Variable } from '../../runtime/core/run-variables.ts';
import { didYouMean } from './did-you-mean.ts';
import { parseResolveAt } from './resolve-at.ts';
import type { Environment } from './settings.ts';
import type { LayerValues, SettingsLayer } from './settings-layer.ts';

export interface EnvironmentSettings {
  readonly layer: SettingsLayer;
  /** The named configuration that the environment chooses. */
  readonly config: string | undefined;
  readonly notices: readonly string[];
}

/** What the environment says: our own scalar variables, and the ancestor's where the meaning agrees. An empty value says nothing.
 *  @throws {ToolError} USAGE naming the variable, also where a variable asks for what a run here does not have */
export function readEnvironment(env: Environment): EnvironmentSettings {
  const said = readVariables(VARIABLES, env, didYouMean);
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

interface Said extends Omit<RunSaid, 'values'> {
  readonly values?: Partial<LayerValues>;
  readonly config?: string;
}

/** Later ones win over earlier ones. */
export const VARIABLES: readonly Variable<Said>[] = [
  ...RUN_VARIABLES,
  {
    name: 'OSHINKO_NAMED_CONFIG',
    flag: '--config',
    meaning: 'one of the configurations of hibana.yaml',
    read: (text) => ({ config: text }),
  },
  {
    name: 'HIBANA_CONFIG',
    flag: '--config',
    meaning: 'one of the configurations of hibana.yaml',
    read: (text) => ({ config: text }),
  },
  {
    name: 'HIBANA_SPARK',
    flag: '--spark',
    meaning: 'the version of Spark',
    read: (text) => ({ values: { spark: text } }),
  },
  {
    name: 'HIBANA_PYTHON',
    flag: '--python',
    meaning: 'the version of Python, or its path',
    read: (text) => ({ values: { python: text } }),
  },
  {
    name: 'HIBANA_RESOLVE_AT',
    flag: '--resolve-at',
    meaning: 'as of when open requirements are resolved',
    read: (text, name) => ({ values: { 'build.resolveAt': parseResolveAt(text, name) } }),
  },
  {
    name: 'HIBANA_BUILDER',
    flag: '--builder',
    meaning: 'the builder image of a build',
    read: (text) => ({ values: { 'build.builder': text } }),
  },
];
