import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RotatingLog } from '../../../../runtime/platform/rotating-log.ts';

const LIMIT_BYTES = 20;

async function makeRun() {
  const stateFolder = await mkdtemp(join(tmpdir(), 'hibana-rotating-'));
  const logs = join(stateFolder, 'runs', 'etl-1', 'logs');
  await mkdir(logs, { recursive: true });
  return {
    ...{ stateFolder, logs, path: join(logs, 'driver.stdout.log') },
    [Symbol.asyncDispose]: () => rm(stateFolder, { recursive: true, force: true }),
  };
}

async function writeLines(path: string, count: number): Promise<void> {
  const log = new RotatingLog(path, LIMIT_BYTES);
  for (let line = 1; line <= count; line += 1) await log.write(Buffer.from(`line ${line}\n`));
  await log.end();
}

describe('RotatingLog', () => {
  it('keeps the newest of what is too much, in two files', async () => {
    await using run = await makeRun();
    await writeLines(run.path, 7);
    expect(await readFile(run.path, 'utf8')).toBe('line 7\n');
    expect(await readFile(`${run.path}.1`, 'utf8')).toBe('line 5\nline 6\n');
    expect((await readdir(run.logs)).toSorted()).toEqual([
      ...['driver.stdout.log', 'driver.stdout.log.1', 'driver.stdout.log.1.times', 'driver.stdout.log.times'],
    ]);
  });

  it('goes on where another has ended', async () => {
    await using run = await makeRun();
    await writeLines(run.path, 1);
    await writeLines(run.path, 2);
    expect(await readFile(`${run.path}.1`, 'utf8')).toBe('line 1\nline 1\n');
    expect(await readFile(run.path, 'utf8')).toBe('line 2\n');
  });

  it('loses a log that cannot be written, and nothing else', async () => {
    const log = new RotatingLog('/nowhere/log', LIMIT_BYTES);
    for (let line = 0; line < 5; line += 1) await log.write(Buffer.from('a line\n'));
    await log.end();
  });
});
