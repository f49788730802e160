import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { makeGate } from '../../../../../runtime/platform/local/driver-gate.ts';

const folder = await mkdtemp(join(tmpdir(), "hibana-gate-it's here-"));
const run = promisify(execFile);

describe('makeGate()', () => {
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('waits until it is opened, and then is the Python: its arguments, its status, its variable', async () => {
    const python = join(folder, 'python');
    await writeFile(python, '#!/bin/sh\necho "$# $1 $PYSPARK_DRIVER_PYTHON"\n', { mode: 0o700 });
    const gate = await makeGate(python, folder);
    let isOver = false;
    const running = run(gate?.env.PYSPARK_DRIVER_PYTHON ?? '', ['an argument', ''], {
      env: { PATH: '/nowhere' },
    }).finally(() => {
      isOver = true;
    });
    await pause(200);
    expect(isOver).toBe(false);
    await gate?.open();
    expect((await running).stdout).toBe(`2 an argument ${python}\n`);
  });
});
