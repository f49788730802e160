import type { Cluster } from '../../core/cluster.ts';
import { redact, ToolError } from '../../core/errors.ts';

/** That the job's Spark can speak with the cluster's: the same series. One of another never answers a driver, or answers nonsense. Gives what
 *  the user should know: nothing, or that the versions differ in their last number, or that nothing is known.
 *  @throws {ToolError} SPARK_MISMATCH */
export function checkVersion(cluster: Cluster, spark: string): string | null {
  if (cluster.spark === null) {
    const why =
      cluster.webUi === null
        ? 'name its web page with --cluster-ui'
        : `its web page "${redact(cluster.webUi)}" does not answer, or shows none`;
    return `The version of the cluster at ${cluster.master} is not known: ${why}`;
  }
  if (cluster.spark === spark) return null;
  if (seriesOf(cluster.spark) === seriesOf(spark)) return `The cluster has Spark ${cluster.spark}, the job ${spark}`;
  throw new ToolError(
    'SPARK_MISMATCH',
    `Cannot run a job of Spark ${spark} on "${cluster.name}": the cluster has Spark ${cluster.spark}`,
    {
      hint: `Run it with --spark ${seriesOf(cluster.spark)}, or on a cluster of its own`,
      details: { job: spark, cluster: cluster.spark },
    },
  );
}

/** `4.2.1-SNAPSHOT` → `4.2` */
function seriesOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
