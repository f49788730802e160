import { join } from 'node:path';
import type { BuildPlan, TreeView } from '../../builder-images/builder.ts';
import { planTree } from '../../builder-images/builders.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { step } from '../../runtime/core/events.ts';
import { type Properties, parseProperties } from '../../runtime/core/properties.ts';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { checkSettingsFit } from '../config/executor-fit.ts';
import { type CrowdWarning, checkMachine } from '../config/machine-fit.ts';
import type { ProjectFile, UserFile } from '../config/project-schema.ts';
import { resolveSettings } from '../config/resolve-settings.ts';
import type { Environment, FileAccess, Flags, Settings } from '../config/settings.ts';
import { checkPackages } from '../jars/check-packages.ts';
import { type JarsWanted, jarsWanted } from '../jars/jars-wanted.ts';
import { enterContextDir } from '../source/context-dir.ts';
import { openSource } from '../source/open-source.ts';
import type { OpenOptions } from '../source/options.ts';
import type { SourceNotice } from '../source/parse-source.ts';
import type { Source, SourceTree } from '../source/source.ts';
import { viewTree } from '../source/tree-view.ts';
import { checkPythonVersion } from '../toolchain/python-range.ts';
import { sourceName } from './source-name.ts';

export interface ReadInput {
  readonly source: Source;
  /** What is to be said of how the source was named. */
  readonly notice: SourceNotice | null;
  readonly open: OpenOptions;
  readonly flags: Flags;
  readonly env: Environment;
  readonly files: FileAccess;
  /** The user's own hibana.yaml. */
  readonly userFile: string;
  /** What this machine has of memory; without it nothing is judged by it: what is built may run elsewhere. */
  readonly machineBytes?: number;
  /** Whether there is a shared cluster of this name. */
  readonly isShared: (name: string) => Promise<boolean>;
  /** The release of Spark that the builder image has which the settings name. Default any. */
  readonly offeredSpark?: (settings: Settings) => Promise<string>;
}

/** An application whose source is here and whose plan is made. Disposing it deletes what was fetched. */
export interface Application extends AsyncDisposable {
  readonly tree: SourceTree;
  /** The application's folder: where the plan's paths begin. */
  readonly dir: string;
  readonly settings: Settings;
  readonly plan: BuildPlan;
  /** The JVM packages that it names; `null` is none. */
  readonly jars: JarsWanted | null;
  /** Its spark-defaults.conf. */
  readonly sparkDefaults: Properties;
}

const PROJECT_FILE = 'hibana.yaml';
const SPARK_DEFAULTS = 'spark-conf/spark-defaults.conf';

/** A source that is here, with its settings and no plan. */
export type SettledSource = Pick<Application, 'tree' | 'dir' | 'settings' | typeof Symbol.asyncDispose>;

/** Opens the source and weighs the settings, whatever is in it: the step `source`.
 *  @throws {ToolError} those of openSource, parseProject and resolveSettings */
export async function settleSource(input: ReadInput, ctx: Ctx): Promise<SettledSource> {
  const tree = await openTree(input, ctx);
  try {
    const { settings, dir } = await settle(tree, input);
    for (const message of settings.notices) ctx.emit({ type: 'notice', level: 'info', message });
    return { tree, dir, settings, [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose]() };
  } catch (error) {
    await tree[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens the source, weighs the settings, and plans: the steps `source` and `plan`.
 *  @throws {ToolError} those of openSource, parseProject, resolveSettings and planTree; PYTHON_UNSUPPORTED, WORKER_TOO_LARGE */
export async function readApplication(input: ReadInput, ctx: Ctx): Promise<Application> {
  const tree = await openTree(input, ctx);
  try {
    const { settings, plan, warning, ...read } = await step(ctx, 'plan', async () => {
      const result = await planApplication(tree, input);
      return { result, detail: describePlan(result.plan) };
    });
    for (const message of [...settings.notices, ...plan.notices]) ctx.emit({ type: 'notice', level: 'info', message });
    if (warning !== null) ctx.emit({ type: 'notice', ...warning });
    return { tree, settings, plan, ...read, [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose]() };
  } catch (error) {
    await tree[Symbol.asyncDispose]();
    throw error;
  }
}

function openTree({ notice, source, open }: ReadInput, ctx: Ctx): Promise<SourceTree> {
  if (notice !== null) ctx.emit({ type: 'notice', level: 'info', ...notice });
  return step(ctx, 'source', async () => {
    const opened = await openSource(source, open, ctx);
    return { result: opened, detail: opened.description };
  });
}

interface Settled extends Pick<Application, 'settings' | 'dir'> {
  /** Of the application's folder. */
  readonly view: TreeView;
}

async function settle(tree: SourceTree, input: ReadInput): Promise<Settled> {
  // In a checkout a tracked file is a file, whatever .gitignore says.
  const options = { gitignore: tree.commit === null };
  const root = await viewTree(tree.dir, options);
  const settings = resolveSettings({
    flags: input.flags,
    env: input.env,
    files: input.files,
    project: await readProject(root.readText(PROJECT_FILE)),
    user: await readUser(input),
    defaultName: sourceName(input.source),
  });
  const dir = await enterContextDir(tree.dir, settings.contextDir);
  return { settings, dir, view: settings.contextDir === null ? root : await viewTree(dir, options) };
}

async function planApplication(
  tree: SourceTree,
  input: ReadInput,
): Promise<Omit<Application, 'tree' | typeof Symbol.asyncDispose> & { readonly warning: CrowdWarning | null }> {
  const { settings, dir, view } = await settle(tree, input);
  const offeredSpark = await input.offeredSpark?.(settings);
  const plan = planTree(view, { ...settings.plan, ...(offeredSpark === undefined ? {} : { offeredSpark }) });
  if (plan.app.language === 'python') checkPythonVersion(plan.python, sparkSeriesOf(plan.app.spark));
  const sparkDefaults = parseProperties(view.readText(SPARK_DEFAULTS) ?? '');
  const known = await withKnownCluster(settings, input);
  checkSettingsFit(known, sparkDefaults);
  const { machineBytes } = input;
  const warning = machineBytes === undefined ? null : checkMachine(known, sparkDefaults, machineBytes);
  return { dir, settings, plan, sparkDefaults, warning, jars: readJars(plan, settings, sparkDefaults) };
}

/** A name that is of no shared cluster is that of the run's own. */
async function withKnownCluster(settings: Settings, { isShared }: ReadInput): Promise<Settings> {
  const { target } = settings.cluster;
  const isOwn = target?.kind === 'named' && !(await isShared(target.name));
  return isOwn ? { ...settings, cluster: { ...settings.cluster, target: null } } : settings;
}

/** A package that cannot work is refused here: before anything is fetched or started, and by `plan` too. */
function readJars({ app }: BuildPlan, { submit }: Settings, sparkDefaults: Properties): JarsWanted | null {
  const wanted = jarsWanted({
    packages: [...app.packages, ...submit.packages],
    excludePackages: submit.excludePackages,
    repositories: submit.repositories,
    properties: { ...sparkDefaults, ...app.conf, ...submit.conf },
  });
  if (wanted !== null) checkPackages(wanted.packages, app.spark);
  return wanted;
}

async function readProject(text: string | undefined): Promise<ProjectFile | null> {
  return text === undefined ? null : (await loadReader()).parseProject(text, PROJECT_FILE);
}

/** The user's own hibana.yaml; `null`: there is none.
 *  @throws {ToolError} CONFIG_INVALID */
export async function readUser({ files, userFile }: Pick<ReadInput, 'files' | 'userFile'>): Promise<UserFile | null> {
  const text = files.readText(userFile);
  return text === undefined ? null : (await loadReader()).parseUserFile(text, userFile);
}

/** YAML and the schemas are a third of what the program would load, and most sources have no such file. */
function loadReader(): Promise<typeof import('../config/project-file.ts')> {
  return import('../config/project-file.ts');
}

function describePlan({ builder, app }: BuildPlan): string {
  return `${builder} · Spark ${app.spark} · ${app.entry}`;
}

/** Where the user's own file is. */
export function userFilePath(configFolder: string): string {
  return join(configFolder, PROJECT_FILE);
}
