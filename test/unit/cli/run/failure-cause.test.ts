import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readFailure } from '../../../../cli/run/failure-cause.ts';
import type { Outcome } from '../../../../runtime/core/lease-directory.ts';

const folder = mkdtempSync(join(tmpdir(), 'failure-'));
afterAll(() => rmSync(folder, { recursive: true }));

function outcomeOf(written: { readonly stdout?: string; readonly stderr?: string }): Outcome {
  const logs = mkdtempSync(join(folder, 'logs-'));
  writeFileSync(join(logs, 'driver.stdout.log'), written.stdout ?? '');
  writeFileSync(join(logs, 'driver.stderr.log'), written.stderr ?? '');
  return { kind: 'failed', exitCode: 1, reason: null, logs } as unknown as Outcome;
}

const FRAMES = '\tat org.apache.hadoop.fs.FileSystem.get(FileSystem.java:557)\n'.repeat(25);
const NO_CLASS = 'java.lang.ClassNotFoundException: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found';
const TRACEBACK = 'Traceback (most recent call last):\n  File "app.py", line 4, in <module>\n';
const BY_PYTHON = `${TRACEBACK}py4j.protocol.Py4JJavaError: An error occurred while calling o27.text.
: java.lang.RuntimeException: ${NO_CLASS}
${FRAMES}Caused by: ${NO_CLASS}
${FRAMES}\t... 25 more
`;
const BY_JVM = `Exception in thread "main" java.lang.RuntimeException: ${NO_CLASS}\n${FRAMES}`;

describe('readFailure()', () => {
  it.each([
    ['a Python program', 'python', { stdout: BY_PYTHON }],
    ['a JVM program', 'jvm', { stderr: BY_JVM }],
  ] as const)('names --extra s3 where %s lacks the file system of s3a://', async (_what, language, written) => {
    const failure = await readFailure(outcomeOf(written), language);
    expect(failure.cause).toContain('s3a://');
    expect(failure.hint).toContain('--extra s3');
    expect(failure.lines.length).toBeLessThanOrEqual(20);
  });

  it('has no hint for what came of something else after that', async () => {
    const failure = await readFailure(outcomeOf({ stdout: `${BY_PYTHON}${TRACEBACK}ValueError: none\n` }), 'python');
    expect(failure).toMatchObject({ cause: 'ValueError: none', hint: null });
  });
});
