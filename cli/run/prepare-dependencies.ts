import { mkdir, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { type StepReport, step } from '../../runtime/core/events.ts';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { directoryCommitTime } from '../source/directory-time.ts';
import type { DependencyRecord } from '../toolchain/dependencies/record.ts';
import { ageNotice, describeReason, recordText } from '../toolchain/dependencies/record-text.ts';
import { prepareDependencies } from '../toolchain/dependencies.ts';
import { createPackageSource, type ToolchainDeps } from '../toolchain/deps.ts';
import { checkImports, type ImportCheck } from '../toolchain/imports/check-imports.ts';
import type { Toolchain } from '../toolchain/layout.ts';
import { jobEnvironment } from './job-environment.ts';
import type { Application } from './read-application.ts';

export interface DependencySettings {
  /** Forgets what was found before, and resolves as of now. */
  readonly upgrade: boolean;
  /** The source is a folder of the user's, which may be a commit that git knows. */
  readonly isDirectory: boolean;
  /** The run's folder; a copy of the record is kept with its logs. `null` keeps none. */
  readonly runFolder: string | null;
  /** As in DependenciesWanted. */
  readonly target?: readonly string[];
  /** Whether what the application imports is looked for. Not where this machine is none that it could run on. Default true. */
  readonly checksImports?: boolean;
}

export interface ApplicationDependencies {
  /** For PYTHONPATH. */
  readonly folders: readonly string[];
  /** `null` where the application asks for none. */
  readonly record: DependencyRecord | null;
}

/** Has the application's dependencies installed, and checks that what it imports is there: the step `dependencies`. An application that asks for
 *  nothing has that step only when an import is missing.
 *  @throws {ToolError} those of prepareDependencies and checkImports */
export async function prepareApplicationDependencies(
  application: Application,
  { python, spark }: { readonly python: Toolchain['python']; readonly spark: Pick<Toolchain['spark'], 'pythonPath'> },
  settings: DependencySettings,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<ApplicationDependencies> {
  const { plan } = application;
  if (python === null) return { folders: [], record: null };
  const { target = [], checksImports = true } = settings;
  const check = importCheck(application, { python, sparkPath: spark.pythonPath }, deps);
  const judge = async (folder: string | null, own: Ctx) =>
    checksImports ? checkImports(check, folder, deps, own) : [];
  const input = plan.dependencies;
  if (input === null) {
    const error = await judge(null, ctx).then(
      () => null,
      (thrown: unknown) => ({ thrown }),
    );
    if (error !== null) await step(ctx, 'dependencies', () => Promise.reject(error.thrown));
    return { folders: [], record: null };
  }
  const { resolveAt } = application.settings;
  const { site, record } = await step(ctx, 'dependencies', async () => {
    await using source = createPackageSource(deps);
    const commitTime = resolveAt.kind === 'commit' ? await commitTimeOf(application, settings, deps, ctx) : null;
    const wanted = {
      ...{
        input,
        appDir: application.dir,
        spark: plan.app.spark,
        python,
        resolveAt,
        commitTime,
        upgrade: settings.upgrade,
        target,
      },
      checkImports: judge,
    };
    const result = await prepareDependencies(wanted, source, deps, ctx);
    return { result, detail: `${input.files.join(', ')}, ${result.record.when}` } satisfies StepReport<typeof result>;
  });
  const notice = ageNotice(record, ctx.now());
  if (record.why !== null && record.tried.length > 0) {
    ctx.emit({ type: 'notice', level: 'info', message: `The dependencies are ${describeReason(record)}` });
  }
  if (notice !== undefined) ctx.emit({ type: 'notice', level: 'info', ...notice });
  if (settings.runFolder !== null) await keepRecord(record, settings.runFolder);
  return { folders: [site], record };
}

/** Beside the logs, because they are what is kept of a run. */
async function keepRecord(record: DependencyRecord, runFolder: string): Promise<void> {
  const folder = join(runFolder, LeaseFile.logs);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'dependencies.txt'), recordText(record));
}

async function commitTimeOf(
  { tree, dir, plan }: Application,
  { isDirectory }: DependencySettings,
  { env, extraEnv }: ToolchainDeps,
  ctx: Ctx,
): Promise<string | null> {
  if (!isDirectory) return tree.commitTime;
  return directoryCommitTime({ dir, entry: plan.app.entry, env, extraEnv }, ctx);
}

function importCheck(
  { plan, dir, settings }: Application,
  { python, sparkPath }: { readonly python: ImportCheck['python']; readonly sparkPath: string },
  { env }: ToolchainDeps,
): ImportCheck {
  const { submit } = settings;
  const local = submit.pyFiles.filter((path) => !REMOTE.test(path));
  return {
    ...{ python, appDir: dir, entry: plan.app.entry, folders: plan.pythonPath, pythonPath: [sparkPath] },
    env: { ...jobEnvironment(env), ...plan.app.env, ...submit.env },
    archives: local.map((path) => (isAbsolute(path) ? path : join(dir, path))),
    files: plan.dependencies?.files ?? [],
    elsewhere: elsewhere(plan, submit),
  };
}

const REMOTE = /^[a-z][a-z0-9+.-]*:/i;

/** What else brings modules, where nobody can look before the job runs. */
function elsewhere({ app }: Application['plan'], submit: Application['settings']['submit']): string | null {
  const conf = { ...app.conf, ...submit.conf };
  const property = ['spark.submit.pyFiles', 'spark.jars.packages', 'spark.archives'].find((key) => key in conf);
  if (property !== undefined) return property;
  if (submit.pyFiles.some((path) => REMOTE.test(path))) return '--py-files';
  if (submit.archives.length > 0) return '--archives';
  if ([...app.packages, ...submit.packages].length > 0) return 'a package for the JVM';
  return [...app.jars, ...submit.jars].length > 0 ? 'a jar' : null;
}
