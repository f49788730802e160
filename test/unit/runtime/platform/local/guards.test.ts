import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { findProcess, isRunning, type ProcessIdentity } from '../../../../../runtime/platform/local/process-table.ts';

const folder = await mkdtemp(join(tmpdir(), 'hibana guards '));
const module = (path: string): string => pathToFileURL(join(import.meta.dirname, '../../../../..', path)).href;

/** Starts guards whose sweep is a line in a file, says their pids, and does what it is told. */
const OWNER = `
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startGuards } from '${module('runtime/platform/local/guards.ts')}';
const [, file, failing] = process.argv;
let started = 0;
const options = {
  sweep: ['/bin/sh', '-c', 'echo swept >> "$1"', 'sweep', file],
  env: { PATH: '/nowhere' },
  onStart: async (pid) => {
    console.log(pid);
    if (++started === Number(failing)) throw new Error('one too many');
  },
  onLost: () => console.log('lost'),
};
const guards = await startGuards(options, new AbortController().signal).catch(() => console.log('failed'));
console.log('watched');
for await (const word of createInterface({ input: process.stdin })) if (word === 'release') await guards?.release();
`;

interface Owner {
  readonly kill: () => void;
  readonly release: () => void;
  /** The status that it ends with by itself. */
  readonly ended: Promise<number | null>;
  readonly nextLine: () => Promise<string>;
  readonly guards: readonly ProcessIdentity[];
  readonly swept: () => Promise<number>;
}

async function startOwner(name: string, failing = 0): Promise<Owner> {
  const file = join(folder, name);
  const child = spawn(process.execPath, ['--input-type=module', '-e', OWNER, file, String(failing)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => (await lines.next()).value ?? '';
  const pids: string[] = [];
  for (let line = await nextLine(); line !== 'watched'; line = await nextLine()) if (line !== 'failed') pids.push(line);
  return {
    kill: () => child.kill('SIGKILL'),
    release: () => child.stdin.end('release\n'),
    ended: once(child, 'exit').then(([status]) => status),
    nextLine,
    guards: failing > 0 ? [] : await Promise.all(pids.map((pid) => identify(Number(pid)))),
    swept: async () => (await readFile(file, 'utf8').catch(() => '')).split('swept\n').length - 1,
  };
}

async function identify(pid: number): Promise<ProcessIdentity> {
  const found = await findProcess(pid);
  if (found === undefined) throw new Error(`no guard ${pid}`);
  return found;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let left = 200; !(await condition()); left -= 1) {
    if (left === 0) throw new Error('it has not come to pass');
    await pause(25);
  }
}

const areGone = async ({ guards }: Owner): Promise<boolean> =>
  (await Promise.all(guards.map(isRunning))).every((runs) => !runs);

describe('startGuards()', () => {
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has each of them sweep when their owner is killed', async () => {
    const owner = await startOwner('killed');
    owner.kill();
    await until(async () => (await owner.swept()) === 2 && (await areGone(owner)));
  });

  it('ends them without a sweep when they are released', async () => {
    const owner = await startOwner('released');
    owner.release();
    expect(await owner.ended).toBe(0);
    expect(await areGone(owner)).toBe(true);
    expect(await owner.swept()).toBe(0);
  });

  it('leaves none, and holds nobody up, when one of them cannot be started', async () => {
    const owner = await startOwner('failing', 2);
    owner.release();
    expect(await owner.ended).toBe(0);
    expect(await owner.swept()).toBe(0);
  });

  it('replaces one that is killed, and that one sweeps', async () => {
    const owner = await startOwner('replaced');
    for (const { pid } of owner.guards) process.kill(pid, 'SIGKILL');
    const replaced = [await owner.nextLine(), await owner.nextLine()].map(Number);
    expect(await Promise.all(replaced.map(identify))).toHaveLength(2);
    owner.kill();
    await until(async () => (await owner.swept()) === 2);
  });

  it('has them outlive the signals of a terminal', async () => {
    const owner = await startOwner('signalled');
    for (const { pid } of owner.guards)
      for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.kill(pid, signal);
    owner.kill();
    await until(async () => (await owner.swept()) === 2);
  });
});
