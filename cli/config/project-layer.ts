import { parseClusterTarget } from '../../runtime/core/cluster-target.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { parseDuration, parseWorkerCores, parseWorkerMemory } from '../../runtime/core/run-values.ts';
import { checkProperty } from '../../runtime/core/submit-options.ts';
import { didYouMean } from './did-you-mean.ts';
import { parseHealthPath } from './flag-values.ts';
import type { ProjectApp, ProjectFile, ProjectKeys, UserFile } from './project-schema.ts';
import { parseResolveAt } from './resolve-at.ts';
import type { SettingsLayer } from './settings-layer.ts';

/** What was asked for by name: one of `apps:`, one of `configs:`. */
export interface ProjectChoice {
  readonly app: string | undefined;
  readonly config: string | undefined;
}

export interface SelectedProject {
  readonly layer: SettingsLayer;
  readonly contextDir: string | null;
}

/** One application of the file under one configuration: the file's keys, under the application's, under the configuration's.
 *  @throws {ToolError} APP_UNKNOWN when there are several and none is chosen, or none of that name; CONFIG_NOT_FOUND;
 *  USAGE and QUANTITY_INVALID for what a run here cannot have */
export function selectProject(project: ProjectFile, choice: ProjectChoice): SelectedProject {
  const app = selectApp(project.apps ?? [], choice.app);
  const keys = [app ?? {}, ...selectConfigs(project, app, choice.config)].reduce<ProjectKeys>(overlay, project);
  const name = app?.name ?? project.name;
  return { layer: keysLayer('project', keys, name), contextDir: app?.contextDir ?? null };
}

export function userLayer(user: UserFile): SettingsLayer {
  return keysLayer('user', user, undefined);
}

function selectApp(apps: readonly ProjectApp[], name: string | undefined): ProjectApp | undefined {
  const names = apps.map((app) => app.name);
  if (name === undefined) {
    if (apps.length < 2) return apps[0];
    throw new ToolError('APP_UNKNOWN', `Cannot tell which application to run: hibana.yaml has ${names.join(', ')}`, {
      details: { apps: names },
    });
  }
  const found = apps.find((app) => app.name === name);
  if (found) return found;
  const has = names.length === 0 ? 'no "apps:"' : names.join(', ');
  throw new ToolError('APP_UNKNOWN', `Cannot run the application "${name}": hibana.yaml has ${has}`, {
    details: { app: name, apps: names },
  });
}

function selectConfigs(
  project: ProjectFile,
  app: ProjectApp | undefined,
  name: string | undefined,
): readonly ProjectKeys[] {
  if (name === undefined) return [];
  const all = [project.configs ?? {}, app?.configs ?? {}];
  const found = all.flatMap((configs) => (Object.hasOwn(configs, name) ? (configs[name] ?? []) : []));
  if (found.length > 0) return found;
  const known = all.flatMap(Object.keys);
  const has = known.length === 0 ? 'no "configs:"' : known.join(', ');
  throw new ToolError(
    'CONFIG_NOT_FOUND',
    `Cannot use the configuration "${name}": hibana.yaml has ${has}${didYouMean(name, known)}`,
    { details: { config: name, configs: known } },
  );
}

/** Mappings are merged, everything else is replaced. */
function overlay(base: ProjectKeys, over: ProjectKeys): ProjectKeys {
  return {
    ...base,
    ...over,
    conf: { ...base.conf, ...over.conf },
    env: { ...base.env, ...over.env },
    executorEnv: { ...base.executorEnv, ...over.executorEnv },
    secrets: { ...base.secrets, ...over.secrets },
    cluster: { ...base.cluster, ...over.cluster, worker: { ...base.cluster?.worker, ...over.cluster?.worker } },
    build: { ...base.build, ...over.build },
  };
}

function keysLayer(origin: 'project' | 'user', keys: ProjectKeys, name: string | undefined): SettingsLayer {
  const { cluster, build, conf, env, executorEnv, secrets } = keys;
  refuseOtherClusters(keys);
  for (const property of Object.keys(conf ?? {})) checkProperty(property);
  const { cores, memory } = cluster?.worker ?? {};
  return {
    origin,
    values: {
      name,
      'cluster.attach':
        cluster?.attach === undefined ? undefined : parseClusterTarget(cluster.attach, 'cluster.attach'),
      kind: keys.kind,
      main: keys.main,
      mainClass: keys.mainClass,
      spark: keys.spark,
      python: keys.python,
      port: keys.port,
      'health.path': keys.health?.path === undefined ? undefined : parseHealthPath(keys.health.path, 'health.path'),
      'health.port': keys.health?.port,
      'health.timeout':
        keys.health?.timeout === undefined ? undefined : parseDuration(keys.health.timeout, 'health.timeout'),
      onRedeploy: keys.onRedeploy,
      schedule: keys.schedule === undefined ? undefined : true,
      'build.resolveAt':
        build?.resolveAt === undefined ? undefined : parseResolveAt(build.resolveAt, 'build.resolveAt'),
      'build.builder': build?.builder,
      'cluster.workers': cluster?.workers,
      'cluster.worker.cores': cores === undefined ? undefined : parseWorkerCores(cores, 'cluster.worker.cores'),
      'cluster.worker.memory': memory === undefined ? undefined : parseWorkerMemory(memory, 'cluster.worker.memory'),
    },
    lists: {
      args: keys.args,
      packages: keys.packages,
      extras: keys.extras,
      repositories: keys.repositories,
      jars: keys.jars,
      pyFiles: keys.pyFiles,
      files: keys.files,
      exclude: build?.exclude,
      notify: keys.notify,
    },
    maps: { conf, env, executorEnv, secrets, 'build.env': build?.env },
  };
}

/** What only other platforms have. */
function refuseOtherClusters({ cluster }: ProjectKeys): void {
  const asked = [
    ['config', cluster?.config !== undefined],
    ['native', cluster?.native === true],
  ].find(([, isAsked]) => isAsked)?.[0];
  if (asked === undefined) return;
  throw new ToolError(
    'USAGE',
    `Cannot use cluster.${asked}: a run on this machine gets a cluster of its own, or one that is there`,
    {
      hint: `Take "${asked}:" out of "cluster:", or put it into one of "configs:"`,
      details: { path: `cluster.${asked}` },
    },
  );
}
