import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
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
});
