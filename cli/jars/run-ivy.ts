import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { redact } from '../../runtime/core/errors.ts';
import type { Environment } from '../packages/machine.ts';
import { runChild } from '../toolchain/child.ts';

export interface IvyRun {
  /** JAVA_HOME */
  readonly java: string;
  /** The folder of Spark's jars: it has Ivy. */
  readonly sparkJars: string;
  /** The texts of ivy.xml and of the settings, or the user's own settings by path or URL. */
  readonly module: string;
  readonly settings: { readonly text: string } | { readonly path: string };
  /** Further options of the JVM. */
  readonly javaOptions: readonly string[];
  /** For Ivy's own files. */
  readonly scratch: string;
  /** Where the jars go, `group/artifact/version/group_artifact-version(-classifier).jar` each. */
  readonly target: string;
  readonly env: Environment;
}

export interface IvyResult {
  readonly isResolved: boolean;
  /** What Ivy said. */
  readonly lines: readonly string[];
}

/** Runs the Ivy that spark-submit would use, as a program of its own. Kills it on abort. */
export async function runIvy(run: IvyRun, ctx: Ctx): Promise<IvyResult> {
  const [moduleFile, settingsFile] = [join(run.scratch, 'ivy.xml'), join(run.scratch, 'ivysettings.xml')];
  await mkdir(run.scratch, { recursive: true });
  await writeFile(moduleFile, run.module);
  if ('text' in run.settings) await writeFile(settingsFile, run.settings.text);
  const settings = 'text' in run.settings ? settingsFile : run.settings.path;
  const command = {
    file: join(run.java, 'bin', 'java'),
    args: [
      ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', `-Djava.io.tmpdir=${run.scratch}`],
      // Without a passwd entry Java has no home, and Ivy writes to a folder named "?".
      ...[`-Duser.home=${run.scratch}`, ...run.javaOptions],
      ...['-cp', join(run.sparkJars, '*'), 'org.apache.ivy.Main'],
      ...['-settings', settings, '-cache', join(run.scratch, 'cache')],
      ...['-ivy', moduleFile, '-confs', 'default', '-novalidate'],
      ...['-retrieve', join(run.target, '[organization]', '[module]', '[revision]', FILE)],
    ],
    env: { ...run.env, JAVA_TOOL_OPTIONS: undefined, JDK_JAVA_OPTIONS: undefined },
    deadlineMs: DEADLINE_MS,
  };
  const { status, stdout, lastLines } = await runChild(command, ctx);
  const lines = [...stdout.split('\n'), ...lastLines].map(redact).filter((line) => line.trim() !== '');
  return { isResolved: status === 0, lines };
}

/** As spark-submit names them. */
const FILE = '[organization]_[artifact]-[revision](-[classifier]).[ext]';
/** Some packages are hundreds of megabytes. */
const DEADLINE_MS = 60 * 60_000;
