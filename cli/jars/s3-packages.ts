import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Coordinates } from './coordinates.ts';
import type { JarsWanted } from './jars-wanted.ts';

/** Adds what the S3 file system of this Spark's Hadoop needs. It asks for the whole SDK in one jar (686 MB with Hadoop 3.5); of that only the modules that
 *  it uses are fetched. A Hadoop that is not in the table gets all of it. `spark` is SPARK_HOME. */
export async function withS3(wanted: JarsWanted | null, spark: string): Promise<JarsWanted> {
  const jars = await readdir(join(spark, 'jars'));
  const hadoop = jars.flatMap((name) => /^hadoop-client-api-(.+)\.jar$/.exec(name)?.[1] ?? [])[0] ?? '';
  const base = wanted ?? { packages: [], excluded: [], repositories: [], ivySettings: null };
  const { packages, excluded } = s3Packages(hadoop);
  const has = ({ group, artifact }: Coordinates) =>
    base.packages.some((one) => one.group === group && one.artifact === artifact);
  return {
    ...base,
    packages: [...base.packages, ...packages.filter((one) => !has(one))],
    excluded: [...base.excluded, ...excluded],
  };
}

/** For a release of Hadoop. Pure. */
export function s3Packages(hadoop: string): Pick<JarsWanted, 'packages' | 'excluded'> {
  const fileSystem = { group: 'org.apache.hadoop', artifact: 'hadoop-aws', version: hadoop };
  const sdk = SDKS[hadoop];
  if (sdk === undefined) return { packages: [fileSystem], excluded: [] };
  const { group, bundle, modules } = sdk.version.startsWith('1.') ? SDK_1 : SDK_2;
  return {
    packages: [fileSystem, ...modules.map((artifact) => ({ group, artifact, version: sdk.version }))],
    excluded: [{ group, artifact: bundle }],
  };
}

/** By Hadoop's release: the SDK that it was built with. Source: `aws-java-sdk.version` and `aws-java-sdk-v2.version` of hadoop-project. */
const SDKS: Readonly<Record<string, { readonly version: string }>> = {
  '3.3.4': { version: '1.12.262' },
  '3.4.1': { version: '2.24.6' },
  '3.4.2': { version: '2.29.52' },
  '3.5.0': { version: '2.35.4' },
};

const SDK_1 = {
  group: 'com.amazonaws',
  bundle: 'aws-java-sdk-bundle',
  modules: ['aws-java-sdk-s3', 'aws-java-sdk-sts', 'aws-java-sdk-dynamodb'],
};

/** By trial: what S3AFileSystem loads when it opens a bucket, reads, writes and renames. */
const SDK_2 = {
  group: 'software.amazon.awssdk',
  bundle: 'bundle',
  modules: ['s3', 's3-transfer-manager', 'sts', 'apache-client', 'netty-nio-client'],
};
