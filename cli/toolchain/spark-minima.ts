import { satisfies } from '@renovatebot/pep440';
import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import { readRequirements } from './requirement.ts';

export interface Minima {
  /** Lines for a constraints file. */
  readonly constraints: readonly string[];
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
}

/** What Spark's own pandas code needs, as constraints: an older one is installed, imports, and fails in `toPandas`. Where the application pins an
 *  older one itself, its word holds, and it is told. */
export function sparkMinima(requirements: string, series: SparkSeries): Minima {
  const rows = Object.entries(series.minima).map(([name, least]) => {
    const pin = readRequirements(requirements).find((one) => one.name === name && /^===?[^,*]+$/.test(one.specifiers));
    if (pin === undefined) return { constraint: `${name}>=${least}` };
    const isEnough = satisfies(pin.specifiers.replace(/^=+\s*/, ''), `>=${least}`);
    return isEnough
      ? {}
      : { notice: `${pin.text} is older than Spark ${series.series} takes: ${name} ${least} or newer` };
  });
  return {
    constraints: rows.flatMap(({ constraint }) => constraint ?? []),
    notices: rows.flatMap(({ notice }) => notice ?? []),
  };
}
