import { ToolError } from '../../runtime/core/errors.ts';
import type { SparkSeries } from '../../runtime/core/spark-versions.ts';

/** That a Python asked for by its version is one that this Spark runs on; whether there is one is for findPython to see.
 *  @throws {ToolError} PYTHON_UNSUPPORTED */
export function checkPythonVersion(wanted: string | null, series: SparkSeries): void {
  const [, version, major, minor] = VERSION.exec(wanted ?? '') ?? [];
  const [first, last] = series.pythonMinors;
  if (version === undefined || (major === '3' && Number(minor) >= first && Number(minor) <= last)) return;
  throw new ToolError('PYTHON_UNSUPPORTED', `Cannot use Python ${version}: ${takenPythons(series)}`, {
    details: { wanted, spark: series.series },
  });
}

const VERSION = /^(?:python)?((\d+)\.(\d+)(?:\.\d+)?)$/;

/** `Spark 4.2 runs on Python 3.10 to 3.14` */
export function takenPythons({ series, pythonMinors: [first, last] }: SparkSeries): string {
  return `Spark ${series} runs on Python 3.${first} to 3.${last}`;
}
