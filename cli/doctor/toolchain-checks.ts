import type { Ctx } from '../../runtime/core/context.ts';
import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import { type Check, ok, warning } from './check.ts';

interface Found {
  readonly version: string;
  readonly place: string;
}

/** `find` throws when there is no Python that the series runs on: its message and hint are the finding. */
export function pythonCheck(series: SparkSeries, find: (ctx: Ctx) => Promise<Found>): Check {
  const [first, last] = series.pythonMinors;
  return {
    name: 'Python',
    run: async (ctx) => ok(`${describe(await find(ctx))}; Spark ${series.series} runs on 3.${first} to 3.${last}`),
  };
}

/** `find` gives a Java of this machine that the series runs on. None is no failure: one is fetched, once, where `isCached` says it is not there yet. */
export function javaCheck(
  series: SparkSeries,
  {
    find,
    isCached,
  }: { readonly find: (ctx: Ctx) => Promise<Found | undefined>; readonly isCached: () => Promise<boolean> },
): Check {
  const range = `Spark ${series.series} runs on ${series.java[0]} to ${series.java[1]}`;
  return {
    name: 'Java',
    run: async (ctx) => {
      const skipped: string[] = [];
      const found = await find({
        ...ctx,
        emit: (event) => {
          if (event.type === 'notice' && event.level === 'warning') skipped.push(event.message);
        },
      });
      const detail = await describeJava(found, isCached);
      const [first] = skipped;
      if (first === undefined) return ok(`${detail}; ${range}`);
      return warning(`${detail}; ${first}`, `Set JAVA_HOME to a Java that fits (${range}), or unset it`);
    },
  };
}

async function describeJava(found: Found | undefined, isCached: () => Promise<boolean>): Promise<string> {
  if (found) return describe(found);
  return (await isCached())
    ? 'none on this machine: the one in the cache is used'
    : 'none on this machine: it will be fetched';
}

function describe({ version, place }: Found): string {
  return `${version} in ${place}`;
}
