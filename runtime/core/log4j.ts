import { formatProperties, type Properties } from './properties.ts';

const PATTERN = '%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex';

const CONSOLE: Properties = {
  'appender.console.type': 'Console',
  'appender.console.name': 'console',
  'appender.console.target': 'SYSTEM_ERR',
  'appender.console.layout.type': 'PatternLayout',
  'appender.console.layout.pattern': PATTERN,
};

/** Of a driver: warnings to stderr, among what the job writes, and all from INFO up into a file in `logs`. */
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
    'appender.file.type': 'File',
    'appender.file.name': 'file',
    'appender.file.fileName': `${logs}/driver.spark.log`,
    'appender.file.layout.type': 'PatternLayout',
    'appender.file.layout.pattern': PATTERN,
  });
}
