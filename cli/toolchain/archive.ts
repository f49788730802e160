import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { errorMessage } from '../../runtime/core/errors.ts';
import { DAEMON_JVM, moduleOptions, temporaryFileOptions } from '../../runtime/core/java-options.ts';
import type { SparkSeries } from '../../runtime/core/spark-versions.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import { exists } from '../packages/exists.ts';
import { runChild } from './child.ts';
import type { ToolchainDeps } from './deps.ts';
import type { JavaInfo } from './java-probe.ts';
import type { PythonInfo } from './python-probe.ts';
import type { SparkFolders } from './spark.ts';

export interface ArchiveInput {
  readonly series: SparkSeries;
  readonly spark: SparkFolders;
  readonly java: JavaInfo;
  readonly python: PythonInfo;
}

/** An archive of the classes that master, worker, driver and executor load (AppCDS), made by a small job the first time that this Spark meets
 *  this Java; it takes as long as a short job. `null` where there is none: on a Java before 13, and where it could not be made, which costs
 *  time at each start and is no error. */
export async function prepareArchive(input: ArchiveInput, deps: ToolchainDeps, ctx: Ctx): Promise<string | null> {
  const { java, spark } = input;
  if (java.release < FIRST_RELEASE) return null;
  const identity = JSON.stringify([
    java.home,
    java.version,
    spark.classPath,
    moduleOptions(moduleInput(java)),
    PROGRAM,
  ]);
  const id = createHash('sha256').update(identity).digest('hex').slice(0, ID_LENGTH);
  const entry = {
    cache: deps.cache,
    key: `archives/${id}`,
    what: 'fast starts of Spark',
    step: 'toolchain',
    pid: deps.pid,
  } as const;
  try {
    const folder = await withCacheEntry(entry, (dir) => train(dir, input, deps, ctx), ctx);
    const path = join(folder, ARCHIVE);
    return (await exists(path)) ? path : null;
  } catch (error) {
    ctx.signal.throwIfAborted();
    const message = `Spark starts slower this time, without an archive of its classes: ${errorMessage(error)}`;
    ctx.emit({ type: 'notice', level: 'info', message });
    return null;
  }
}

/** Source: JEP 350, "Dynamic CDS Archives". */
const FIRST_RELEASE = 13;
const ID_LENGTH = 24;
const ARCHIVE = 'spark.jsa';
const DEADLINE_MS = 180_000;

/** Master, worker and driver in one JVM, with all that most jobs begin with: what it loads is what a cluster loads. Executors are JVMs of
 *  their own: what only they have loaded is loaded at the end. */
const MASTER = 'local-cluster[1,1,512]';
const PROGRAM = `
from pyspark.sql import SparkSession, functions as F
spark = SparkSession.builder.appName("training").getOrCreate()
spark.sparkContext.parallelize(range(100), 2).map(lambda x: (x % 3, x)).reduceByKey(lambda a, b: a + b).collect()
table = spark.createDataFrame([(n % 3, str(n)) for n in range(100)], ["key", "text"])
table.groupBy("key").agg(F.count("text").alias("count")).orderBy("key").show()

def loaded(path):
    with open(path) as log:
        lines = [line.split("] ")[-1].split() for line in log if " source: file:" in line or " source: jrt:" in line]
    return {words[0] for words in lines}

jvm = spark._jvm
loader = jvm.java.lang.ClassLoader.getSystemClassLoader()
for name in sorted(loaded("executor.classes") - loaded("driver.classes")):
    try:
        jvm.java.lang.Class.forName(name, False, loader)
    except Exception:
        pass
spark.stop()
`;

/** A folder without an archive says that it cannot be made here: it is not tried again. Rejects where it was only this time. */
async function train(
  dir: string,
  { series, spark, java, python }: ArchiveInput,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<void> {
  ctx.emit({ type: 'step-progress', step: 'toolchain', doing: 'prepares Spark for fast starts' });
  const work = join(dir, 'work');
  await mkdir(work);
  await writeFile(join(work, 'training.py'), PROGRAM);
  const conf: Readonly<Record<string, string>> = {
    'spark.master': MASTER,
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.executor.memory': '512m',
    'spark.ui.port': '0',
    'spark.eventLog.enabled': 'true',
    'spark.eventLog.dir': `file:${work}`,
    'spark.sql.warehouse.dir': `file:${join(work, 'warehouse')}`,
    'spark.master.rest.enabled': 'false',
    'spark.authenticate': 'true',
    'spark.authenticate.secret': 'in-the-environment',
    'spark.executor.extraJavaOptions': [
      ...DAEMON_JVM.slice(1),
      ...temporaryFileOptions(work),
      listClasses(work, 'executor'),
    ].join(' '),
  };
  const command = {
    file: join(java.home, 'bin', 'java'),
    args: [
      ...['-Xmx1g', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      ...[`-XX:ArchiveClassesAtExit=${join(dir, ARCHIVE)}`, '-Xlog:cds*=off', listClasses(work, 'driver')],
      ...moduleOptions(moduleInput(java)),
      ...temporaryFileOptions(work),
      ...['-cp', spark.classPath, 'org.apache.spark.deploy.SparkSubmit'],
      ...Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
      join(work, 'training.py'),
    ],
    env: {
      ...{ PATH: deps.env.PATH, HOME: work, ...deps.extraEnv },
      ...{ SPARK_HOME: spark.home, SPARK_CONF_DIR: join(spark.home, 'conf'), SPARK_SCALA_VERSION: series.scala },
      ...{
        JAVA_HOME: java.home,
        SPARK_LOCAL_IP: '127.0.0.1',
        SPARK_LOCAL_DIRS: work,
        SPARK_WORKER_DIR: work,
        TMPDIR: work,
      },
      ...{
        PYTHONPATH: spark.pythonPath,
        PYSPARK_PYTHON: python.path,
        PYSPARK_DRIVER_PYTHON: python.path,
        PYTHONHASHSEED: '0',
      },
      _SPARK_AUTH_SECRET: randomBytes(32).toString('hex'),
    },
    cwd: work,
    deadlineMs: DEADLINE_MS,
  };
  const { status } = await runChild(command, ctx);
  if (status === null) throw new Error('the JVM that makes it was killed');
  if (status !== 0) await rm(join(dir, ARCHIVE), { force: true });
  await rm(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

function listClasses(work: string, role: 'driver' | 'executor'): string {
  return `-Xlog:class+load:file=${join(work, `${role}.classes`)}:uptime,level,tags:filecount=0`;
}

function moduleInput(java: JavaInfo): { readonly javaHasVectorModule: boolean } {
  return { javaHasVectorModule: java.hasVectorModule };
}
