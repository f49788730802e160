import { ToolError } from '../../runtime/core/errors.ts';
import { type SparkSeries, sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { type Coordinates, formatCoordinates } from './coordinates.ts';
import { adviceFor } from './package-advice.ts';

/** What a package says by its name that it was built for; `null` where it says nothing. */
export interface BuiltFor {
  /** `2.12` */
  readonly scala: string | null;
  /** A series, `3.5`, or all of a major version, `3`. */
  readonly spark: string | null;
}

/** Refuses packages that are built for another Spark or Scala, before anything is fetched: inside the job they fail late, with a class or a
 *  method that is not there. Pure; a package whose name says nothing passes.
 *  @throws {ToolError} JAR_UNSUPPORTED, with the package that fits in the hint */
export function checkPackages(packages: readonly Coordinates[], spark: string): void {
  const series = sparkSeriesOf(spark);
  for (const coordinates of packages) {
    const built = builtFor(coordinates);
    if (fits(built, series)) continue;
    const name = formatCoordinates(coordinates);
    throw new ToolError(
      'JAR_UNSUPPORTED',
      `Cannot use the package "${name}" on Spark ${spark} with Scala ${series.scala}: it is built for ${describe(built)}`,
      { hint: adviceFor(coordinates, { spark, series }), details: { package: name, ...built, runs: spark } },
    );
  }
}

/** Reads the name and the version: `spark-sql-kafka-0-10_2.12:3.5.0`, `iceberg-spark-runtime-3.5_2.12`, `graphframes:0.8.4-spark3.5-s_2.12`. */
export function builtFor({ group, artifact, version }: Coordinates): BuiltFor {
  const scala = /_(2\.\d+)(?=$|-)/.exec(artifact)?.[1] ?? /-s_(2\.\d+)$/.exec(version)?.[1] ?? null;
  return { scala, spark: sparkOf(group, artifact, version) };
}

function sparkOf(group: string, artifact: string, version: string): string | null {
  // Spark's own modules have Spark's version.
  if (group === 'org.apache.spark') return seriesFrom(version);
  if (group === 'io.delta') return deltaSpark(artifact, version);
  const named = /spark[-_]?(?:[a-z]+-)*(\d\.\d)(?=$|[_-])/.exec(artifact) ?? /spark[-_]?(\d\.\d)/.exec(version);
  return named?.[1] ?? /spark([34])(?=$|[_-])/.exec(artifact)?.[1] ?? ELASTIC[artifact.replace(/_.*/, '')] ?? null;
}

/** Delta has a build a series from 4.1 on, named in the artifact; before, each version had one Spark. Source: Delta's "compatibility with Apache Spark". */
function deltaSpark(artifact: string, version: string): string | null {
  const named = /^delta-spark_(\d\.\d)_/.exec(artifact)?.[1];
  if (named !== undefined) return named;
  if (!/^delta-(core|spark)_/.test(artifact)) return null;
  const [major = '', minor = ''] = version.split('.');
  return DELTA[`${major}.${minor}`] ?? DELTA[major] ?? null;
}

const DELTA: Readonly<Record<string, string>> = {
  '4.0': '4.0',
  4: '4',
  3: '3.5',
  '2.4': '3.4',
  2: '3.3',
  1: '3.2',
  0: '2',
};

const ELASTIC: Readonly<Record<string, string>> = { 'elasticsearch-spark-20': '2', 'elasticsearch-spark-13': '1' };

function seriesFrom(version: string): string | null {
  return /^(\d+\.\d+)\./.exec(version)?.[1] ?? null;
}

function fits({ scala, spark }: BuiltFor, series: SparkSeries): boolean {
  const isScala = scala === null || scala === series.scala;
  return isScala && (spark === null || spark === series.series || spark === series.series.split('.')[0]);
}

function describe({ scala, spark }: BuiltFor): string {
  return [...(spark === null ? [] : [`Spark ${spark}`]), ...(scala === null ? [] : [`Scala ${scala}`])].join(' and ');
}
