import { join } from 'node:path';
import { ToolError } from '../../core/errors.ts';
import { checkExecutorFits } from '../../core/executor-fit.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import { pythonFolders } from '../../core/python-folders.ts';
import { chooseCluster } from './choose-cluster.ts';
import { jvmProperties } from './jvm-properties.ts';
import type { Image } from './read-image.ts';
import type { Room } from './room.ts';
import type { Told } from './told.ts';

export interface RequestInput {
  readonly image: Image;
  readonly told: Told;
  /** Of the container's command: the application's, in place of any that variables give. */
  readonly args: readonly string[];
  readonly room: Room;
  readonly run: string;
  readonly leaseDirectory: string;
  readonly startedAt: number;
  /** The user's home where the launcher had to make one; `null` where there is one. */
  readonly madeHome: string | null;
  /** What Python programs of the container import from by its environment. */
  readonly pythonPath: string | undefined;
  /** Whether the application has Python modules in `src/`. */
  readonly hasSources: boolean;
}

export interface Composed {
  readonly request: LaunchRequest;
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
}

const CLUSTER_MS = 120_000;
/** `docker stop` waits for ten seconds before it kills: the driver has half of them. */
const STOP_MS = 5_000;

/** What a container runs: what its image says, what `HIBANA_LAUNCH` says over it, then the variables for people, then the command's own
 *  arguments. Pure.
 *  @throws {ToolError} USAGE, QUANTITY_INVALID */
export function composeRequest(input: RequestInput): Composed {
  const { told, image, run, startedAt } = input;
  const { parts, values } = told;
  const app = appOf(input);
  const python = app.language === 'python' ? image.layout.python : null;
  const ours = { ...image.layout, python, pythonPath: pythonPathOf(input, app) };
  const layout = over(ours, parts.layout);
  const asked = submitOf(input, app, layout);
  const chosen = chooseCluster({ ...input, layout, conf: { ...app.conf, ...asked.conf } });
  const { cluster } = chosen;
  const submit = { ...asked, conf: { ...chosen.conf, ...asked.conf } };
  const conf = { ...app.conf, ...submit.conf };
  if (cluster.kind === 'ephemeral') checkExecutorFits(conf, cluster.spec.worker);
  const request: LaunchRequest = {
    version: 1,
    run,
    app,
    layout,
    cluster,
    submit: { ...submit, conf: { ...submit.conf, ...jvmProperties(cluster, conf, input) } },
    prepared: parts.prepared ?? { startedAt: new Date(startedAt).toISOString(), steps: [] },
    timeouts: {
      clusterMs: values.clusterTimeout ?? parts.timeouts?.clusterMs ?? CLUSTER_MS,
      runMs: values.timeout ?? parts.timeouts?.runMs ?? null,
      stopMs: parts.timeouts?.stopMs ?? STOP_MS,
    },
  };
  return { request, notices: [...told.notices, ...chosen.notices] };
}

function appOf({ image, told: { parts, values } }: RequestInput): LaunchRequest['app'] {
  const app = over(image.app, parts.app);
  const mainClass = values.mainClass ?? app.mainClass;
  const { main } = values;
  return main === undefined
    ? { ...app, mainClass }
    : { ...app, mainClass, entry: main, language: main.endsWith('.jar') ? 'jvm' : 'python' };
}

/** A part that is not given leaves what is there. */
function over<T extends object>(base: T, parts: { readonly [Key in keyof T]?: T[Key] | undefined } = {}): T {
  return { ...base, ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) };
}

function pythonPathOf({ image, hasSources }: RequestInput, app: LaunchRequest['app']): string[] {
  const { layout } = image;
  const own = app.language === 'python' ? pythonFolders(app.entry, hasSources) : [];
  return [...own.map((folder) => join(layout.app, folder)), ...layout.pythonPath];
}

const NOTHING: LaunchRequest['submit'] = {
  ...{ args: [], conf: {}, packages: [], repositories: [], excludePackages: [], jars: [], pyFiles: [] },
  ...{ files: [], archives: [], env: {}, executorEnv: {}, secrets: {} },
};

function submitOf(
  input: RequestInput,
  app: LaunchRequest['app'],
  layout: LaunchRequest['layout'],
): LaunchRequest['submit'] {
  const { told, args } = input;
  const { parts, lists, conf } = told;
  const given = over(NOTHING, parts.submit);
  const packages = [...given.packages, ...(lists.packages ?? [])];
  const all = { ...given.conf, ...conf };
  refusePackages([...packages, ...(all['spark.jars.packages'] ?? '').split(',')], app.packages);
  const python = pythonPathOfContainer(input, layout);
  return {
    ...given,
    args: args.length > 0 ? [...args] : [...(lists.args ?? given.args)],
    conf: all,
    packages: [],
    jars: [...given.jars, ...(lists.jars ?? [])],
    pyFiles: [...given.pyFiles, ...(lists.pyFiles ?? [])],
    files: [...given.files, ...(lists.files ?? [])],
    archives: [...given.archives, ...(lists.archives ?? [])],
    env: { ...python, ...given.env },
    executorEnv: { ...python, ...given.executorEnv },
  };
}

/** Nobody resolves packages in a container: it may have no network, and would fetch them at each start. */
function refusePackages(asked: readonly string[], there: readonly string[]): void {
  const missing = asked.find((name) => name.trim() !== '' && !there.includes(name.trim()));
  if (missing === undefined) return;
  throw new ToolError(
    'USAGE',
    `Cannot add the package "${missing}" to an image: packages are resolved when it is built`,
    {
      hint: 'Put it under "packages:" in hibana.yaml and build the image again, or give jars in SPARK_OPTIONS',
    },
  );
}

/** What the environment adds to the path: ours stays in front. */
function pythonPathOfContainer(
  { pythonPath = '' }: RequestInput,
  layout: LaunchRequest['layout'],
): Readonly<Record<string, string>> {
  const own = pythonPath.split(':').filter((folder) => folder !== '' && !layout.pythonPath.includes(folder));
  return own.length === 0 ? {} : { PYTHONPATH: own.join(':') };
}
