import { join } from 'node:path';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import { lastLines } from './last-lines.ts';

export interface Failure {
  /** The end of what the driver wrote. */
  readonly lines: readonly string[];
  /** Where it wrote that. */
  readonly from: 'stdout' | 'stderr';
  /** What the program died of, in one line; `null` where nothing says so. */
  readonly cause: string | null;
  /** What to do where that is known; `null`: read the lines. */
  readonly hint: string | null;
}

const LINES = 20;
/** The stack of a JVM is longer than what people are shown of it. */
const LINES_READ = 1_000;
/** The last line of a traceback: `ValueError: no such column`, `pyspark.errors.exceptions.base.PySparkRuntimeError: …`. */
const EXCEPTION = /^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning)(?::.*)?$/;

/** For people who look at a failed job. spark-submit gives a Python program one stream for both, its standard output: a traceback
 *  is there, while a JVM program and Spark itself write to standard error. */
export async function readFailure(outcome: Pick<Outcome, 'logs'>, language: 'python' | 'jvm'): Promise<Failure> {
  const [stdout, stderr] = await Promise.all([
    lastLines(join(outcome.logs, 'driver.stdout.log'), LINES_READ),
    lastLines(join(outcome.logs, 'driver.stderr.log'), LINES_READ),
  ]);
  const shown = { stdout: stdout.slice(-LINES), stderr: stderr.slice(-LINES) };
  // A client of Spark Connect has no spark-submit before it, and writes its traceback to standard error.
  const isRelayed = language === 'python' && (hasTraceback(shown.stdout) || !hasTraceback(shown.stderr));
  const [first, other] = isRelayed ? (['stdout', 'stderr'] as const) : (['stderr', 'stdout'] as const);
  const from = shown[first].length > 0 ? first : other;
  const lines = shown[from];
  const end = lastException({ stdout, stderr }[from]);
  const known = KNOWN.find(({ sign }) => end.some((line) => line.includes(sign)));
  if (known !== undefined) return { lines, from, cause: known.cause, hint: known.hint };
  const cause = hasTraceback(lines) ? lines.findLast((line) => EXCEPTION.test(line)) : undefined;
  return { lines, from, cause: cause ?? null, hint: null };
}

/** What a job can be given where a certain class is not there. */
const KNOWN = [
  {
    sign: 'ClassNotFoundException: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found',
    cause: 'it uses an s3a:// path, and the file system for those is not there',
    hint: 'Add it with --extra s3, or "extras: [s3]" in hibana.yaml',
  },
] as const;

const BEGINNING = /^(?:Traceback |Exception in thread )/;

/** From where the last exception that was not caught begins. */
function lastException(lines: readonly string[]): readonly string[] {
  return lines.slice(
    Math.max(
      0,
      lines.findLastIndex((line) => BEGINNING.test(line)),
    ),
  );
}

function hasTraceback(lines: readonly string[]): boolean {
  return lines.some((line) => line.startsWith('Traceback ') || line.startsWith('  File '));
}
