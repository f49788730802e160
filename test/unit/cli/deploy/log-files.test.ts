import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findLogFiles } from '../../../../cli/deploy/log-files.ts';
import { logStart } from '../../../../cli/deploy/log-start.ts';
import { RotatingLog } from '../../../../runtime/platform/rotating-log.ts';
import { runFor } from '../../../helpers/deployment-records.ts';

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

describe('findLogFiles()', () => {
  it('gives both parts, of which a window takes the newest lines, and knows each again when it is moved', async () => {
    await using run = await makeRun();
    await writeLines(run.path, 3);
    const wanted = { stateFolder: run.stateFolder, run: runFor({ run: 'etl-1' }), stream: { kind: 'driver' } } as const;
    const [older, newer] = await findLogFiles(wanted);
    const last = async (lines: number) =>
      Promise.all(
        [older, newer].map(async (file) => {
          const { path = '', next = null } = file ?? {};
          return (await readFile(path, 'utf8')).slice(await logStart(path, { lines, sinceMs: null }, next));
        }),
      );
    expect(await last(1)).toEqual(['', 'line 3\n']);
    expect(await last(2)).toEqual(['line 2\n', 'line 3\n']);
    expect(await last(9)).toEqual(['line 1\nline 2\n', 'line 3\n']);
    await writeLines(run.path, 2);
    const moved = await findLogFiles(wanted);
    expect(moved.map(({ path }) => path)).toEqual([`${run.path}.1`, run.path]);
    expect(moved[0]?.id).toBe(newer?.id);
  });

  it("knows the parts of Spark's log again, whether they are copies or its own, and when they are put aside", async () => {
    await using run = await makeRun();
    const wanted = { stateFolder: run.stateFolder, run: runFor({ run: 'etl-1' }), stream: { kind: 'spark' } } as const;
    const copies = join(run.stateFolder, 'copies');
    await mkdir(copies);
    const idsIn = async (folder?: string) => (await findLogFiles(wanted, folder)).map(({ id }) => id);
    const write = (folder: string, name: string, text: string) => writeFile(join(folder, name), text);
    await write(copies, 'driver.spark.log', '26/01/01 00:00:01 INFO Half a');
    expect(await idsIn(copies)).toEqual([]);
    await write(copies, 'driver.spark.log', '26/01/01 00:00:01 INFO A whole line\n');
    const [first] = await idsIn(copies);
    await write(copies, 'driver.spark.log', '26/01/01 00:00:02 INFO Another one\n');
    await write(copies, 'driver.spark.log.1', '26/01/01 00:00:01 INFO A whole line\nand one more\n');
    const [older, newer] = await idsIn(copies);
    expect([older, newer === older]).toEqual([first, false]);
    await write(run.logs, 'driver.spark.log', '26/01/01 00:00:02 INFO Another one\n');
    expect(await idsIn()).toEqual([newer]);
  });
});
