import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The class path of every role: jars that most classes come from, and then what a worker gives its executors by itself: a configuration folder
 *  that is not there, and all; it leaves out what stands there already. For each class that goes into an archive the JVM looks at every entry before the one that has it.
 *  `at` is where the Spark will be, if it will be elsewhere.
 *  Source: `AbstractCommandBuilder.buildClassPath` of Spark 4.2, `ClassLoader::record_result` of OpenJDK 17. */
export async function sparkClassPath(home: string, at: string = home): Promise<string> {
  const names = (await readdir(join(home, 'jars'))).toSorted();
  const jars = join(at, 'jars');
  const startingWith = (prefix: string) => names.filter((name) => name.startsWith(prefix));
  const first = [SLF4J, ...BUSY].flatMap(startingWith);
  return [...first.map((name) => join(jars, name)), join(at, 'conf'), join(jars, '*')].join(':');
}

/** A worker puts it first, for what other jars have in its place. */
const SLF4J = 'slf4j-api-';

/** In the order of how many classes of theirs a short job loads. */
const BUSY = [
  'spark-catalyst_',
  'spark-core_',
  'scala-library-',
  'scala-reflect-',
  'spark-sql-api_',
  'spark-sql_',
  'log4j-core-',
  'jackson-databind-',
  'hadoop-client-api-',
  'janino-',
  'spark-network-common_',
  'hadoop-client-runtime-',
  'ivy-',
  'netty-common-',
  'netty-transport-',
  'kryo-shaded-',
  'jackson-module-scala_',
];
