import { formatProperties, type Properties } from './properties.ts';

/** Makes a JVM take its logging from this file, unless `own` options name another. Without one Log4j looks for a dozen names in every jar of
 *  the class path, and is then configured once more by Spark.
 *  Source: Log4j 2, "Configuration file location"; `log4j.configurationFile` is its older name. */
export function log4jOptions(file: string | null, own: readonly string[] = []): readonly string[] {
  const isNamed = own.some((option) => /^-Dlog4j2?\.configurationFile=/.test(option));
  return file === null || isNamed ? [] : [`-Dlog4j2.configurationFile=file:${file}`];
}

/** Of each file of a log; together with the one before it is twice as much that it can take of the disk. */
export const LOG_LIMIT_BYTES = 64 * 2 ** 20;

const PATTERN = '%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex';

const CONSOLE: Properties = {
  'appender.console.type': 'Console',
  'appender.console.name': 'console',
  'appender.console.target': 'SYSTEM_ERR',
  'appender.console.layout.type': 'PatternLayout',
  'appender.console.layout.pattern': PATTERN,
};

/** Of a driver: warnings to stderr, among what the job writes, and all from INFO up into a file in `logs`; when that has become too large it is put
 *  aside as `driver.spark.log.1`, in place of what was put aside before.
 *  Source: Log4j 2, "Rolling file appenders". */
export function driverLog4j(logs: string, consoleFilter: Properties): string {
  return formatProperties({
    'rootLogger.level': 'info',
    'rootLogger.appenderRef.console.ref': 'console',
    'rootLogger.appenderRef.console.level': 'warn',
    'rootLogger.appenderRef.file.ref': 'file',
    // A library that pip's Spark does not carry: the warning says nothing about the job.
    'logger.native.name': 'org.apache.hadoop.util.NativeCodeLoader',
    'logger.native.level': 'error',
    ...CONSOLE,
    ...consoleFilter,
    'appender.file.type': 'RollingFile',
    'appender.file.name': 'file',
    'appender.file.fileName': `${logs}/driver.spark.log`,
    'appender.file.filePattern': `${logs}/driver.spark.log.%i`,
    'appender.file.policy.type': 'SizeBasedTriggeringPolicy',
    'appender.file.policy.size': `${LOG_LIMIT_BYTES}`,
    'appender.file.strategy.type': 'DefaultRolloverStrategy',
    'appender.file.strategy.max': '1',
    'appender.file.layout.type': 'PatternLayout',
    'appender.file.layout.pattern': PATTERN,
  });
}

/** Of master, workers and executors: what Spark takes where nothing is said.
 *  Source: `org/apache/spark/log4j2-defaults.properties` of Spark 3.5 to 4.3, but for its shells. */
export function memberLog4j(): string {
  const quiet: readonly (readonly [string, string])[] = [
    ['org.sparkproject.jetty', 'warn'],
    ['org.sparkproject.jetty.util.component.AbstractLifeCycle', 'error'],
    ['org.apache.hadoop.hive.metastore.RetryingHMSHandler', 'fatal'],
    ['org.apache.hadoop.hive.ql.exec.FunctionRegistry', 'error'],
    ['org.apache.parquet.CorruptStatistics', 'error'],
    ['parquet.CorruptStatistics', 'error'],
  ];
  const loggers = quiet.flatMap(([name, level], index) => [
    [`logger.quiet${index}.name`, name],
    [`logger.quiet${index}.level`, level],
  ]);
  return formatProperties({
    'rootLogger.level': 'info',
    'rootLogger.appenderRef.console.ref': 'console',
    ...CONSOLE,
    ...Object.fromEntries(loggers),
  });
}
