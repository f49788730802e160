import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endProcesses, findProcesses } from '../../../../../runtime/platform/local/end-processes.ts';
import { readProcessRecords, recordProcess } from '../../../../../runtime/platform/local/process-record.ts';
import { findProcess, isRunning, parseStat } from '../../../../../runtime/platform/local/process-table.ts';

const run = `test-${process.pid}-${Date.now().toString(36)}`;
let folder: string;
let records: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-test-'));
  records = join(folder, 'processes.ndjson');
});

afterEach(async () => {
  await endProcesses(run, []);
  await rm(folder, { recursive: true });
});

async function start(script: string, marked: boolean): Promise<number> {
  const env = { PATH: process.env.PATH, ...(marked ? { HIBANA_RUN: run } : {}) };
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env });
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

describe('endProcesses()', () => {
  it.each([
    { name: 'a child', script: 'echo up; sleep 60' },
    { name: 'grandchildren', script: 'sleep 60 & sh -c "sleep 61 & echo up; wait"' },
    { name: 'one that ignores SIGTERM', script: 'trap "" TERM INT HUP; echo up; sleep 60; sleep 60' },
    { name: 'one that left its session', script: 'setsid sleep 60 & echo up' },
    { name: 'one that forks all the time', script: 'echo up; while :; do (sleep 0.01 &) ; sleep 0.01; done' },
  ])('ends $name by its marker alone', async ({ script }) => {
    await start(script, true);
    expect(await endProcesses(run, [])).toEqual([]);
    expect(await findProcesses(run, [])).toEqual([]);
  });

  it('ends what is in the session of a process on record, marked or not', async () => {
    const pid = await start('sleep 60 & sleep 61 & echo up; wait', false);
    await recordProcess(records, pid, 'driver');
    const known = await readProcessRecords(records);
    expect((await findProcesses(run, known)).length).toBe(3);
    expect(await endProcesses(run, known)).toEqual([]);
    expect(await findProcess(pid)).toBeUndefined();
  });

  it('does not touch a process that has the pid of a record and another start time', async () => {
    const pid = await start('echo up; sleep 60', false);
    const stranger = await findProcess(pid);
    await endProcesses(run, [{ pid, startTicks: (stranger?.startTicks ?? 0) - 1, role: 'worker-1' }]);
    await pause(50);
    expect(stranger && (await isRunning(stranger))).toBe(true);
    process.kill(-pid, 'SIGKILL');
  });
});

describe('readProcessRecords()', () => {
  it('leaves out a line that was cut off by a kill', async () => {
    await recordProcess(records, process.pid, 'launcher');
    const { appendFile } = await import('node:fs/promises');
    await appendFile(records, '{"pid": 12');
    expect(await readProcessRecords(records)).toMatchObject([{ pid: process.pid, role: 'launcher' }]);
  });
});

describe('parseStat()', () => {
  it('reads a name with spaces and parentheses', () => {
    const rest = `S 7 12 11 ${Array.from({ length: 15 }, (_, index) => index).join(' ')} 9876 0 0`;
    expect(parseStat(`12 (a ) (b) ${rest}`)).toEqual({
      pid: 12,
      state: 'S',
      parent: 7,
      group: 12,
      session: 11,
      startTicks: 9876,
    });
  });

  it('knows this very process', async () => {
    expect(await findProcess(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid });
  });
});
