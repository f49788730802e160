import { join } from 'node:path';
import type { Layout } from '../../core/app.ts';
import type { Resources } from '../../core/cluster.ts';
import { archiveOptions, DAEMON_JVM, moduleOptions, temporaryFileOptions } from '../../core/java-options.ts';
import { log4jOptions } from '../../core/log4j.ts';
import { PATIENT_DAEMONS } from '../../core/patience.ts';
import { executorHeapBytes, MEBIBYTE } from '../../core/quantity.ts';
import { sparkSeriesOf } from '../../core/spark-versions.ts';
import type { ClusterFolder } from './cluster-folder.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface MemberPorts {
  readonly rpc: number;
  readonly webUi: number;
}

export interface MemberContext {
  readonly layout: Layout;
  readonly spark: string;
  readonly folder: ClusterFolder;
  /** What every process of the cluster gets: PATH, HOME, the run's marker. */
  readonly env: Readonly<Record<string, string>>;
  readonly secret: string;
}

export const LOOPBACK = '127.0.0.1';

/** The master as one `java` process: no launcher JVM before it. Source: the command that `spark-class` makes. */
export function masterCommand(context: MemberContext, ports: MemberPorts): Command {
  return javaCommand(context, 'org.apache.spark.deploy.master.Master', [
    ...['-h', LOOPBACK, '--port', String(ports.rpc), '--webui-port', String(ports.webUi)],
    ...['--properties-file', context.folder.properties],
  ]);
}

export function workerCommand(
  context: MemberContext,
  ports: MemberPorts,
  master: string,
  index: number,
  worker: Resources,
): Command {
  const heapMebibytes = executorHeapBytes(worker.memoryBytes) / MEBIBYTE;
  return javaCommand(context, 'org.apache.spark.deploy.worker.Worker', [
    ...['-h', LOOPBACK, '--port', String(ports.rpc), '--webui-port', String(ports.webUi)],
    ...['-c', String(Math.ceil(worker.millicores / 1_000)), '-m', `${heapMebibytes}m`],
    ...['-d', join(context.folder.work, `worker-${index}`), '--properties-file', context.folder.properties],
    master,
  ]);
}

/** The daemons' properties file; the secret is not in it, it comes by the environment. */
export function daemonProperties(conf: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return {
    'spark.master.ui.title': 'hibana',
    ...PATIENT_DAEMONS,
    ...conf,
    'spark.authenticate': 'true',
    // It takes no secret and would run what anybody posts to it. Source: by trial with 4.3, see docs/decisions.
    'spark.master.rest.enabled': 'false',
    // A master that moved to the next port would never be found.
    'spark.port.maxRetries': '0',
    // Each comes with its whole command line, 15 KB of class path: a page with the usual thousand is not to be read every few seconds.
    'spark.worker.ui.retainedExecutors': '10',
  };
}

function javaCommand(context: MemberContext, mainClass: string, args: readonly string[]): Command {
  const { layout, folder } = context;
  return {
    file: join(layout.java, 'bin', 'java'),
    args: [
      ...DAEMON_JVM,
      ...archiveOptions(layout),
      ...moduleOptions(layout),
      ...temporaryFileOptions(folder.temporary),
      ...log4jOptions(folder.log4j),
      ...['-cp', layout.classPath, mainClass, ...args],
    ],
    env: {
      ...context.env,
      SPARK_HOME: layout.spark,
      // Without it executors die with "Cannot find any build directories".
      SPARK_SCALA_VERSION: sparkSeriesOf(context.spark).scala,
      JAVA_HOME: layout.java,
      // `-h` alone leaves the worker's web page on every interface.
      SPARK_LOCAL_IP: LOOPBACK,
      SPARK_LOCAL_DIRS: folder.local,
      // A worker puts it first on the class path of its executors: there is no such folder, and its name is the same in each run.
      SPARK_CONF_DIR: join(layout.spark, 'conf'),
      TMPDIR: folder.temporary,
      _SPARK_AUTH_SECRET: context.secret,
    },
  };
}
