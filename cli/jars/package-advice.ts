import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import type { Coordinates } from './coordinates.ts';

export interface RunsOn {
  /** `4.2.1` */
  readonly spark: string;
  readonly series: SparkSeries;
}

/** What to do instead of a package that does not fit: the one that does, as one line that can be done. The table holds what was published when it was
 *  written; a newer Spark is answered with the newest that there is. */
export function adviceFor(refused: Coordinates, runs: RunsOn): string {
  const { group, artifact } = refused;
  const { series } = runs;
  if (group === 'org.apache.spark') return use(renamed(refused, series), runs.spark);
  if (/^com\.databricks$/.test(group) && /^spark-(avro|csv|xml)_/.test(artifact))
    return adviceForBuiltIn(artifact, runs);
  const family = FAMILIES.find(({ matches }) => matches.test(`${group}:${artifact}`));
  if (family) return adviceFromFamily(family.builds, series.series);
  const target = renamed(refused, series);
  return `Use a build for Scala ${series.scala} and Spark ${series.series}, such as ${group}:${target.artifact}, or another Spark with --spark`;
}

interface Family {
  readonly matches: RegExp;
  /** By Spark series, the oldest first. */
  readonly builds: readonly (readonly [series: string, coordinates: string])[];
}

/** Source: the indexes of these projects in Maven Central, looked up in November 2026. */
const FAMILIES: readonly Family[] = [
  {
    matches: /^io\.delta:delta-(spark|core)_/,
    builds: [
      ['3.5', 'io.delta:delta-spark_2.12:3.3.2'],
      ['4.0', 'io.delta:delta-spark_4.0_2.13:4.4.0'],
      ['4.1', 'io.delta:delta-spark_4.1_2.13:4.4.0'],
      ['4.2', 'io.delta:delta-spark_4.2_2.13:4.4.0'],
    ],
  },
  {
    matches: /^org\.apache\.iceberg:iceberg-spark-runtime-/,
    builds: [
      ['3.5', 'org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.12.0'],
      ['4.0', 'org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.11.0'],
      ['4.1', 'org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0'],
    ],
  },
  {
    matches: /^org\.apache\.hudi:hudi-spark/,
    builds: [['3.5', 'org.apache.hudi:hudi-spark3.5-bundle_2.12:1.2.0']],
  },
  {
    matches: /^(io\.)?graphframes:graphframes/,
    builds: [
      ['3.5', 'io.graphframes:graphframes-spark3_2.12'],
      ['4.0', 'io.graphframes:graphframes-spark4_2.13'],
      ['4.1', 'io.graphframes:graphframes-spark4_2.13'],
      ['4.2', 'io.graphframes:graphframes-spark4_2.13'],
      ['4.3', 'io.graphframes:graphframes-spark4_2.13'],
    ],
  },
  {
    matches: /^org\.elasticsearch:elasticsearch-spark-[12]/,
    builds: [
      ['3.5', 'org.elasticsearch:elasticsearch-spark-30_2.12'],
      ['4.0', 'org.elasticsearch:elasticsearch-spark-30_2.13'],
      ['4.1', 'org.elasticsearch:elasticsearch-spark-30_2.13'],
      ['4.2', 'org.elasticsearch:elasticsearch-spark-30_2.13'],
      ['4.3', 'org.elasticsearch:elasticsearch-spark-30_2.13'],
    ],
  },
];

function adviceFromFamily(builds: Family['builds'], series: string): string {
  const fitting = builds.find(([built]) => built === series);
  if (fitting) return `Use ${fitting[1]}`;
  const newest = builds.at(-1);
  return newest === undefined
    ? 'Run it on another Spark with --spark'
    : `There is none for Spark ${series} yet: add --spark ${newest[0]} and use ${newest[1]}`;
}

/** What Spark has learnt to do by itself. */
function adviceForBuiltIn(artifact: string, { spark, series }: RunsOn): string {
  if (artifact.startsWith('spark-avro')) return `Use org.apache.spark:spark-avro_${series.scala}:${spark}`;
  const format = artifact.startsWith('spark-csv') ? 'csv' : 'xml';
  if (format === 'xml' && series.series.startsWith('3.')) return `Use com.databricks:spark-xml_${series.scala}:0.17.0`;
  return `Leave the package out: Spark ${series.series} reads ${format} by itself`;
}

function renamed({ group, artifact }: Coordinates, { scala, series }: SparkSeries): Omit<Coordinates, 'version'> {
  const name = artifact
    .replace(/_2\.\d+(?=$|-)/, `_${scala}`)
    .replace(/(spark[-_]?(?:[a-z]+-)*)\d\.\d(?=$|[_-])/, `$1${series}`);
  return { group, artifact: name };
}

function use({ group, artifact }: Omit<Coordinates, 'version'>, version: string): string {
  return `Use ${group}:${artifact}:${version}`;
}
