import { join } from 'node:path';
import type { Layout } from '../../core/app.ts';
import type { Resources } from '../../core/cluster.ts';
import { archiveOptions, DAEMON_JVM, moduleOptions, temporaryFileOptions } from '../../core/java-options.ts';
import { executorHeapBytes, MEBIBYTE } from '../../core/quantity.ts';
import { sparkSeriesOf } from '../../core/spark-versions.ts';
import { daemonProperties } from '../local/member-command.ts';
import { WORK_FOLDERS } from './work.ts';

/** Each member is alone at its address: its ports are Spark's own. */
export const PORTS = { rpc: 7077, webUi: 8080, worker: 7078, workerUi: 8081 } as const;

/** What has to be known of an image for members to run from it. */
export interface MemberImage {
  readonly layout: Layout;
  /** An exact release. */
  readonly spark: string;
}

type Conf = Readonly<Record<string, string>>;

/** The master as one `java` process. Without `-h` it is at the address of its container, which nobody knows before that runs. */
export function masterCommand(image: MemberImage, conf: Conf): readonly string[] {
  return javaCommand(image, conf, 'org.apache.spark.deploy.master.Master', [
    ...['--port', String(PORTS.rpc), '--webui-port', String(PORTS.webUi)],
  ]);
}

export function workerCommand(image: MemberImage, conf: Conf, master: string, worker: Resources): readonly string[] {
  const heapMebibytes = executorHeapBytes(worker.memoryBytes) / MEBIBYTE;
  return javaCommand(image, conf, 'org.apache.spark.deploy.worker.Worker', [
    ...['--port', String(PORTS.worker), '--webui-port', String(PORTS.workerUi)],
    ...['-c', String(Math.ceil(worker.millicores / 1_000)), '-m', `${heapMebibytes}m`, '-d', WORK_FOLDERS.work],
    master,
  ]);
}

function javaCommand(
  { layout }: MemberImage,
  conf: Conf,
  mainClass: string,
  args: readonly string[],
): readonly string[] {
  const properties = Object.entries(daemonProperties(conf)).map(([key, value]) => `-D${key}=${value}`);
  return [
    join(layout.java, 'bin', 'java'),
    ...DAEMON_JVM,
    ...archiveOptions(layout),
    ...moduleOptions(layout),
    ...temporaryFileOptions(WORK_FOLDERS.temporary),
    ...properties,
    ...['-cp', layout.classPath, mainClass, ...args],
  ];
}

/** What a member finds in its environment beside what its image says. */
export function memberEnvironment({ layout, spark }: MemberImage, secret: string): Readonly<Record<string, string>> {
  return {
    SPARK_HOME: layout.spark,
    // Without it executors die with "Cannot find any build directories".
    SPARK_SCALA_VERSION: sparkSeriesOf(spark).scala,
    JAVA_HOME: layout.java,
    SPARK_LOCAL_DIRS: WORK_FOLDERS.local,
    SPARK_CONF_DIR: join(layout.spark, 'conf'),
    TMPDIR: WORK_FOLDERS.temporary,
    HOME: WORK_FOLDERS.home,
    // Nothing is written into the image.
    PYTHONDONTWRITEBYTECODE: '1',
    _SPARK_AUTH_SECRET: secret,
  };
}
