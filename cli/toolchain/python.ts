import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import type { ToolchainDeps } from './deps.ts';
import { findExecutables, isExecutable } from './find-executables.ts';
import { type PythonInfo, probePython } from './python-probe.ts';
import { checkPythonVersion, takenPythons } from './python-range.ts';

/** The Python that a job of this Spark runs on: the one asked for (`3.12`, a name, a path), else `python3` on the PATH, else the newest `python3.N`
 *  there that fits. What is found is the interpreter itself, not a shim in front of it.
 *  @throws {ToolError} PYTHON_NOT_FOUND when there is none; PYTHON_UNSUPPORTED for a version that never fits, and when none does, saying what was seen */
export async function findPython(
  { wanted, series }: { readonly wanted: string | null; readonly series: SparkSeries },
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<PythonInfo> {
  checkPythonVersion(wanted, series);
  const seen: string[] = [];
  for await (const path of candidates(wanted, series, deps)) {
    const python = await probePython(path, deps, ctx);
    if (python === undefined) seen.push(`"${path}" does not run`);
    else if (fits(python, wanted, series)) return python;
    else seen.push(`"${path}" is ${python.implementation} ${python.version}`);
  }
  throw notFound(seen, wanted, series);
}

const MINOR = /^3\.(\d+)$/;

async function* candidates(wanted: string | null, series: SparkSeries, deps: ToolchainDeps): AsyncGenerator<string> {
  if (wanted?.includes('/')) {
    if (await isExecutable(wanted)) yield wanted;
    return;
  }
  for (const name of namesFor(wanted, series)) yield* await findExecutables(name, deps.env);
}

function namesFor(wanted: string | null, { pythonMinors: [first, last] }: SparkSeries): readonly string[] {
  if (wanted !== null) return MINOR.test(wanted) ? [`python${wanted}`, 'python3', 'python'] : [wanted];
  const newestFirst = Array.from({ length: last - first + 1 }, (_, index) => `python3.${last - index}`);
  return ['python3', ...newestFirst, 'python'];
}

function fits(python: PythonInfo, wanted: string | null, { pythonMinors: [first, last] }: SparkSeries): boolean {
  const asked = wanted === null ? null : MINOR.exec(wanted);
  const isAsked = asked === null || Number(asked[1]) === python.minor;
  return isAsked && python.major === 3 && python.minor >= first && python.minor <= last;
}

function notFound(seen: readonly string[], wanted: string | null, series: SparkSeries): ToolError {
  const needs = takenPythons(series);
  const details = { seen, wanted, spark: series.series };
  if (seen.length > 0) {
    return new ToolError(
      'PYTHON_UNSUPPORTED',
      `Cannot use the Python that is there: ${needs}, and ${seen.join(', ')}`,
      {
        details,
      },
    );
  }
  const what = wanted === null ? 'python3' : `"${wanted}"`;
  return new ToolError('PYTHON_NOT_FOUND', `Cannot find ${what}: ${needs}`, { details });
}
