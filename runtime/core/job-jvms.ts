import { join } from 'node:path';
import type { Layout } from './app.ts';
import type { ClusterChoice } from './cluster.ts';
import { coresOf } from './cluster-properties.ts';
import {
  archiveOptions,
  collectorOptions,
  dataCollectorOptions,
  PATIENT_COMPILER,
  processorOptions,
} from './java-options.ts';
import type { LaunchRequest } from './launch-env.ts';
import type { Properties } from './properties.ts';

/** How the driver's JVM starts soon and yet runs long; `own` are the user's options, which come after these and win. */
export function driverJvmOptions(
  { cluster, layout }: Pick<LaunchRequest, 'cluster' | 'layout'>,
  heapBytes: number,
  own: readonly string[],
): readonly string[] {
  const collector = cluster.kind === 'local' ? dataCollectorOptions(own) : collectorOptions(heapBytes, own);
  return [...archiveOptions(layout), ...PATIENT_COMPILER, ...collector];
}

/** What comes before all that a worker puts on its executors' class path by itself, so that theirs is the same as everybody's and the archive
 *  fits; `null` where there is none. */
export function executorClassPath(choice: ClusterChoice, { archive, classPath, spark }: Layout): string | null {
  const end = classPath.indexOf(`:${join(spark, 'conf')}:`);
  return choice.kind === 'ephemeral' && archive !== null && end > 0 ? classPath.slice(0, end) : null;
}

/** How an executor's JVM starts soon and yet runs long. What runs them is known where the cluster is the run's own; on a shared one of this machine its Java may be
 *  another, and of a foreign one nothing is known. `asked` are the job's own properties. */
export function executorJvmOptions(choice: ClusterChoice, layout: Layout, asked: Properties = {}): readonly string[] {
  const collector = dataCollectorOptions((asked['spark.executor.extraJavaOptions'] ?? '').split(/\s+/));
  switch (choice.kind) {
    case 'ephemeral': {
      const cores = Math.ceil(choice.spec.worker.millicores / 1_000);
      return [...archiveOptions(layout), ...PATIENT_COMPILER, ...collector, ...processorOptions(cores)];
    }
    case 'attach':
      return [...PATIENT_COMPILER, ...collector, ...processorOptions(coresOf(choice.share, asked).each)];
    default:
      return [];
  }
}
