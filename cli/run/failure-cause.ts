import { join } from 'node:path';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import { lastLines } from './last-lines.ts';

export interface Failure {
  /** The end of what the driver wrote. */
  readonly lines: readonly string[];
  /** Where it wrote that. */
  readonly from: 'stdout' | 'stderr';
  /** What a Python program died of, in one line; `null` where nothing says so. */
  readonly cause: string | null;
}

const LINES = 20;
/** The last line of a traceback: `ValueError: no such column`, `pyspark.errors.exceptions.base.PySparkRuntimeError: …`. */
const EXCEPTION = /^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning)(?::.*)?$/;

/** For people who look at a failed job. spark-submit gives a Python program one stream for both, its standard output: a traceback
 *  is there, while a JVM program and Spark itself write to standard error. */
export async function readFailure(outcome: Pick<Outcome, 'logs'>, language: 'python' | 'jvm'): Promise<Failure> {
  const [stdout, stderr] = await Promise.all([
    lastLines(join(outcome.logs, 'driver.stdout.log'), LINES),
    lastLines(join(outcome.logs, 'driver.stderr.log'), LINES),
  ]);
  // A client of Spark Connect has no spark-submit before it, and writes its traceback to standard error.
  const isRelayed = language === 'python' && (hasTraceback(stdout) || !hasTraceback(stderr));
  const [first, other] = isRelayed ? (['stdout', 'stderr'] as const) : (['stderr', 'stdout'] as const);
  const written = { stdout, stderr };
  const from = written[first].length > 0 ? first : other;
  const lines = written[from];
  const cause = hasTraceback(lines) ? lines.findLast((line) => EXCEPTION.test(line)) : undefined;
  return { lines, from, cause: cause ?? null };
}

function hasTraceback(lines: readonly string[]): boolean {
  return lines.some((line) => line.startsWith('Traceback ') || line.startsWith('  File '));
}
