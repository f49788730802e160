import type { PlanOptions } from '../../builder-images/builder.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { nameFrom } from '../../runtime/core/names.ts';
import { GIBIBYTE } from '../../runtime/core/quantity.ts';
import { MILLICORES } from '../../runtime/core/run-values.ts';
import { readEnvironment } from './ancestor-env.ts';
import { checkSettingsFit } from './executor-fit.ts';
import { flagsLayer } from './flags-layer.ts';
import { notifyFor } from './notify.ts';
import { selectProject, userLayer } from './project-layer.ts';
import type { ProjectFile, UserFile } from './project-schema.ts';
import type { Environment, FileAccess, Flags, Origin, Settings } from './settings.ts';
import type { LayerLists, LayerMaps, LayerValues, SettingsLayer } from './settings-layer.ts';

export interface SettingsInput {
  readonly flags: Flags;
  readonly env: Environment;
  /** The source's hibana.yaml; `null` when it has none. */
  readonly project: ProjectFile | null;
  /** The user's own file; `null` when there is none. */
  readonly user: UserFile | null;
  /** The application's name when nobody says: from the source. */
  readonly defaultName: string;
  readonly files: FileAccess;
}

/** Weighs flags over environment over project over user over defaults. Pure.
 *  @throws {ToolError} USAGE, WORKERS_INVALID, QUANTITY_INVALID, NAME_INVALID, FILE_UNREADABLE, CONFIG_NOT_FOUND, APP_UNKNOWN */
export function resolveSettings(input: SettingsInput): Settings {
  const { flags, files } = input;
  const environment = readEnvironment(input.env);
  const choice = { app: flags.app, config: flags.config ?? environment.config };
  const project = selectProject(input.project ?? { version: 1 }, choice);
  const user = input.user === null ? [] : [userLayer(input.user)];
  // Lowest first: `base` is what is built, `run` is one run's own.
  const base = [defaults(input.defaultName), ...user, project.layer];
  const run = [environment.layer, flagsLayer(flags, input.env, files)];
  const all = [...base, ...run];
  const settings: Settings = {
    plan: planOptions(all, base),
    contextDir: project.contextDir,
    cluster: clusterOf(all),
    extras: [...new Set([...last(base, 'extras'), ...joined(run, 'extras')])],
    submit: submitOf(all, base, run),
    timeouts: { clusterMs: need(all, 'clusterTimeout'), runMs: value(all, 'timeout') ?? null, stopMs: STOP_MS },
    build: { builder: value(all, 'build.builder') ?? null, env: merged(all, 'build.env') },
    deployment: deploymentOf(all),
    notify: last(base, 'notify').map((wanted) => notifyFor(wanted, merged(all, 'secrets'))),
    indexUrl: value(all, 'indexUrl') ?? null,
    resolveAt: value(all, 'build.resolveAt') ?? { kind: 'commit' },
    origin: originsOf(all),
    notices: environment.notices,
  };
  checkSecrets(settings.submit.secrets, files);
  checkSettingsFit(settings);
  return settings;
}

/** Refuses flags and variables that are wrong whatever the source holds: call it before the source is fetched. Gives what they say alone.
 *  @throws {ToolError} as resolveSettings */
export function checkFlags(input: Omit<SettingsInput, 'project' | 'defaultName'>): Settings {
  const flags = { ...input.flags, app: undefined, config: undefined };
  const env = { ...input.env, HIBANA_CONFIG: undefined, OSHINKO_NAMED_CONFIG: undefined };
  return resolveSettings({ ...input, flags, env, project: null, defaultName: 'app' });
}

const DEFAULT_WORKERS = 2;
const DEFAULT_CLUSTER_TIMEOUT_MS = 120_000;
/** Between the polite and the hard signal to a driver. */
const STOP_MS = 10_000;

function defaults(name: string): SettingsLayer {
  return {
    origin: 'default',
    values: {
      name: nameFrom(name),
      kind: 'job',
      'cluster.workers': DEFAULT_WORKERS,
      'cluster.worker.cores': MILLICORES,
      'cluster.worker.memory': GIBIBYTE,
      clusterTimeout: DEFAULT_CLUSTER_TIMEOUT_MS,
    },
    lists: {},
    maps: {},
  };
}

type Layers = readonly SettingsLayer[];

function planOptions(all: Layers, base: Layers): PlanOptions {
  return {
    name: need(all, 'name'),
    kind: need(all, 'kind'),
    entry: value(all, 'main') ?? null,
    mainClass: value(all, 'mainClass') ?? null,
    spark: value(all, 'spark') ?? null,
    python: value(all, 'python') ?? null,
    args: last(base, 'args'),
    conf: merged(base, 'conf'),
    packages: last(base, 'packages'),
    jars: last(base, 'jars'),
    env: merged(base, 'env'),
    port: value(all, 'port') ?? null,
    exclude: last(base, 'exclude'),
  };
}

/** Spark, and a cluster that has to come up before it, take their time. */
const HEALTH_TIMEOUT_MS = 120_000;

function deploymentOf(all: Layers): Settings['deployment'] {
  return {
    health: {
      path: value(all, 'health.path') ?? null,
      port: value(all, 'health.port') ?? null,
      timeoutMs: value(all, 'health.timeout') ?? HEALTH_TIMEOUT_MS,
    },
    onRedeploy: value(all, 'onRedeploy') ?? 'wait',
    isScheduled: value(all, 'schedule') ?? false,
  };
}

function clusterOf(all: Layers): Settings['cluster'] {
  return {
    target: value(all, 'cluster.attach') ?? null,
    ui: value(all, 'cluster.ui') ?? null,
    secretFile: value(all, 'cluster.secretFile') ?? null,
    workers: need(all, 'cluster.workers'),
    worker: { millicores: need(all, 'cluster.worker.cores'), memoryBytes: need(all, 'cluster.worker.memory') },
  };
}

function submitOf(all: Layers, base: Layers, run: Layers): Settings['submit'] {
  return {
    args: [...last(run, 'args')],
    conf: merged(run, 'conf'),
    packages: joined(run, 'packages'),
    repositories: [...last(base, 'repositories'), ...joined(run, 'repositories')],
    excludePackages: joined(run, 'excludePackages'),
    jars: joined(run, 'jars'),
    pyFiles: [...last(base, 'pyFiles'), ...joined(run, 'pyFiles')],
    files: [...last(base, 'files'), ...joined(run, 'files')],
    archives: joined(run, 'archives'),
    env: merged(run, 'env'),
    executorEnv: merged(all, 'executorEnv'),
    secrets: merged(all, 'secrets'),
  };
}

function value<K extends keyof LayerValues>(layers: Layers, key: K): LayerValues[K] | undefined {
  return layers.findLast((layer) => layer.values[key] !== undefined)?.values[key];
}

function need<K extends keyof LayerValues>(layers: Layers, key: K): LayerValues[K] {
  const found = value(layers, key);
  if (found === undefined) throw new Error(`no default for ${key}`);
  return found;
}

function last<K extends keyof LayerLists>(layers: Layers, key: K): LayerLists[K] | readonly [] {
  return layers.findLast((layer) => layer.lists[key] !== undefined)?.lists[key] ?? [];
}

function joined<K extends keyof LayerLists>(layers: Layers, key: K): LayerLists[K][number][] {
  return [...new Set(layers.flatMap((layer): readonly LayerLists[K][number][] => layer.lists[key] ?? []))];
}

function merged(layers: Layers, key: keyof LayerMaps): Record<string, string> {
  return Object.assign({}, ...layers.map((layer) => layer.maps[key]));
}

function originsOf(all: Layers): Readonly<Record<string, Origin>> {
  return Object.fromEntries(all.flatMap((layer) => keysSaid(layer).map((key) => [key, layer.origin] as const)));
}

function keysSaid({ values, lists, maps }: SettingsLayer): readonly string[] {
  const single = Object.entries({ ...values, ...lists }).filter(([, said]) => said !== undefined);
  const nested = Object.entries(maps).flatMap(([map, said]) => Object.keys(said ?? {}).map((key) => `${map}.${key}`));
  return [...single.map(([key]) => key), ...nested];
}

function checkSecrets(secrets: Readonly<Record<string, string>>, files: FileAccess): void {
  for (const [name, path] of Object.entries(secrets)) {
    if (!files.isReadable(path)) {
      throw new ToolError('FILE_UNREADABLE', `Cannot read the file of the secret ${name}: "${path}"`, {
        details: { name, path },
      });
    }
  }
}
