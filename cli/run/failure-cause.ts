import { join } from 'node:path';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import { lastLines } from './last-lines.ts';

export interface Failure {
  /** The end of what the driver wrote. */
  readonly lines: readonly string[];
  /** What a Python program died of, in one line; `null` where nothing says so. */
  readonly cause: string | null;
}

const LINES = 20;
/** The last line of a traceback: `ValueError: no such column`, `pyspark.errors.exceptions.base.PySparkRuntimeError: …`. */
const EXCEPTION = /^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning)(?::.*)?$/;

/** For people who look at a failed job. spark-submit gives a Python program one stream for both, its standard output: a traceback
 *  is there, while a JVM program and Spark itself write to standard error. */
export async function readFailure(outcome: Outcome, language: 'python' | 'jvm'): Promise<Failure> {
  const [stdout, stderr] = await Promise.all(
    ['driver.stdout.log', 'driver.stderr.log'].map((name) => lastLines(join(outcome.logs, name), LINES)),
  );
  // A client of Spark Connect has no spark-submit before it, and writes its traceback to standard error.
  const isRelayed = language === 'python' && (hasTraceback(stdout) || !hasTraceback(stderr));
  const first = isRelayed ? stdout : stderr;
  const lines = (first?.length ?? 0) > 0 ? first : isRelayed ? stderr : stdout;
  const cause = hasTraceback(lines) ? lines?.findLast((line) => EXCEPTION.test(line)) : undefined;
  return { lines: lines ?? [], cause: cause ?? null };
}

function hasTraceback(lines: readonly string[] | undefined): boolean {
  return lines?.some((line) => line.startsWith('Traceback ') || line.startsWith('  File ')) === true;
}
