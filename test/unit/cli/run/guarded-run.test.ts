import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { guardRun } from '../../../../cli/run/guarded-run.ts';
import { LeaseFile } from '../../../../runtime/core/lease-directory.ts';
import { readProcessRecords } from '../../../../runtime/platform/local/process-record.ts';
import { isRunning } from '../../../../runtime/platform/local/process-table.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const folder = await mkdtemp(join(tmpdir(), 'hibana-guarded-'));

async function stateFolder(name: string): Promise<string> {
  const state = join(folder, name);
  await mkdir(join(state, 'runs'), { recursive: true });
  return state;
}

const program = { node: process.execPath, program: '/nowhere/main.mjs', env: {}, pid: process.pid, onLost: () => {} };

describe('guardRun()', () => {
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('makes a folder for files, and leaves neither it nor a guard', async () => {
    const state = await stateFolder('usual');
    const ctx = testCtx();
    const guarded = await guardRun({ ...program, run: 'one', stateFolder: state }, ctx);
    await writeFile(join(guarded.leaseDirectory, LeaseFile.scratch, 'file'), '');
    const keepers = await readProcessRecords(join(guarded.leaseDirectory, LeaseFile.keepers));
    await guarded[Symbol.asyncDispose]();
    expect(await readdir(join(state, 'runs'))).toEqual([]);
    const others = keepers.filter(({ pid }) => pid !== process.pid);
    expect(others).toHaveLength(2);
    expect(await Promise.all(others.map(isRunning))).toEqual([false, false]);
    expect(ctx.events).toEqual([]);
  });

  it('lets the guards go when nothing can be deleted any more, and says so', async () => {
    const state = await stateFolder('stuck');
    const ctx = testCtx();
    const guarded = await guardRun({ ...program, run: 'one', stateFolder: state }, ctx);
    const keepers = await readProcessRecords(join(guarded.leaseDirectory, LeaseFile.keepers));
    await rename(join(state, 'runs'), join(state, 'elsewhere'));
    await writeFile(join(state, 'runs'), 'a file where the folder was');
    await guarded[Symbol.asyncDispose]();
    expect(ctx.events).toMatchObject([{ type: 'notice', level: 'warning' }]);
    const others = keepers.filter(({ pid }) => pid !== process.pid);
    expect(await Promise.all(others.map(isRunning))).toEqual([false, false]);
  });

  it.each([
    {
      name: 'a folder that is a file',
      prepare: (state: string) => writeFile(join(state, 'runs'), ''),
      code: 'FOLDER_READ_ONLY',
    },
  ])('says $code for $name, and leaves no guard', async ({ prepare, code }) => {
    const state = join(folder, code);
    await mkdir(state);
    await prepare(state);
    const ctx = testCtx();
    await expect(guardRun({ ...program, run: 'one', stateFolder: state }, ctx)).rejects.toMatchObject({ code });
  });
});
