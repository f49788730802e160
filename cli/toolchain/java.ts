import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import type { ToolchainDeps } from './deps.ts';
import { findExecutables, isExecutable } from './find-executables.ts';
import { type JavaInfo, probeJava } from './java-probe.ts';

export interface JavaWanted {
  /** `--java DIR`: this one or none. `null` looks around. */
  readonly explicit: string | null;
  readonly series: SparkSeries;
}

/** A Java on this machine that the Spark series runs on; `undefined` when there is none, and one has to be fetched. Looks at JAVA_HOME, the PATH and
 *  the folders where systems put them; the first with `jdk.incubator.vector` wins, else the first that fits. A JAVA_HOME that does not fit is said.
 *  @throws {ToolError} JAVA_UNSUPPORTED when `explicit` does not fit */
export async function findJava(wanted: JavaWanted, deps: ToolchainDeps, ctx: Ctx): Promise<JavaInfo | undefined> {
  if (wanted.explicit !== null) return explicitJava(wanted.explicit, wanted.series, deps, ctx);
  let second: JavaInfo | undefined;
  for await (const { executable, isChosen } of candidates(deps)) {
    const java = await probeJava(executable, deps, ctx);
    if (java !== undefined && fits(java, wanted.series)) {
      if (java.hasVectorModule) return java;
      second ??= java;
    } else if (isChosen) tellSkipped(executable, java, wanted.series, ctx);
  }
  return second;
}

function fits({ release }: JavaInfo, { java: [first, last] }: SparkSeries): boolean {
  return release >= first && release <= last;
}

async function explicitJava(path: string, series: SparkSeries, deps: ToolchainDeps, ctx: Ctx): Promise<JavaInfo> {
  const executable = (await isExecutable(path)) ? path : join(path, 'bin', 'java');
  const java = await probeJava(executable, deps, ctx);
  if (java !== undefined && fits(java, series)) return java;
  throw new ToolError('JAVA_UNSUPPORTED', `Cannot use the Java at "${path}": ${mismatch(java, series)}`, {
    details: { path, release: java?.release ?? null, range: series.java },
    hint: 'Name a Java of that range with --java, or leave the option out to let one be found or fetched',
  });
}

function mismatch(java: JavaInfo | undefined, { series, java: [first, last] }: SparkSeries): string {
  const needs = `Spark ${series} runs on Java ${first} to ${last}`;
  return java === undefined ? `it does not run, and ${needs}` : `it is Java ${java.release}, and ${needs}`;
}

function tellSkipped(executable: string, java: JavaInfo | undefined, series: SparkSeries, ctx: Ctx): void {
  const message = `Leaves JAVA_HOME out ("${executable}"): ${mismatch(java, series)}`;
  ctx.emit({ type: 'notice', level: 'warning', message });
}

const WELL_KNOWN = ['/usr/lib/jvm', '/usr/java', '/opt/java', '/opt/jdk', '/Library/Java/JavaVirtualMachines'];

interface Candidate {
  readonly executable: string;
  readonly isChosen: boolean;
}

async function* candidates({ env, home }: ToolchainDeps): AsyncGenerator<Candidate> {
  if (env.JAVA_HOME) yield { executable: join(env.JAVA_HOME, 'bin', 'java'), isChosen: true };
  for (const executable of await findExecutables('java', env)) yield { executable, isChosen: false };
  for (const folder of [...WELL_KNOWN, join(home, '.sdkman', 'candidates', 'java')]) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.toSorted()) {
      for (const executable of [
        join(folder, name, 'bin', 'java'),
        join(folder, name, 'Contents', 'Home', 'bin', 'java'),
      ]) {
        if (await isExecutable(executable)) yield { executable, isChosen: false };
      }
    }
  }
}
