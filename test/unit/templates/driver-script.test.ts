import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomically } from '../../../runtime/platform/atomic-write.ts';
import { driverScript } from '../../../runtime/platform/kubernetes/driver-script.ts';
import { until } from '../../helpers/until.ts';

const SCRIPT = join(import.meta.dirname, '..', '..', '..', 'templates', 'kubernetes', 'driver.sh');

describe('the script of a driver', () => {
  let lease: string;
  beforeEach(async () => {
    lease = await mkdtemp(join(tmpdir(), 'hibana-driver-script-'));
  });
  afterEach(() => rm(lease, { recursive: true }));

  const start = async (tenths = '100', { shell = 'sh', path = '' } = {}) => {
    const script = (await readFile(SCRIPT, 'utf8')).replace('lease=/lease', `lease=${lease}`);
    const env = { PATH: `${path}:${process.env.PATH}` };
    const child = spawn(shell, ['-c', script, 'driver', tenths], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said: string[] = [];
    child.stdout.on('data', (chunk) => said.push(String(chunk)));
    child.stderr.on('data', (chunk) => said.push(String(chunk)));
    return { child, said, ended: once(child, 'close').then(([status]) => status as number) };
  };
  const run = (shell: string, env = {}) =>
    writeFile(join(lease, 'driver.sh'), driverScript({ command: ['/bin/sh', '-c', shell], env }, lease));
  const go = () => writeFile(join(lease, 'go'), '');

  it('waits for the word, becomes what was written down, and says how that ended', async () => {
    const { said, ended } = await start();
    await run('echo "$GREETING" "$(pwd)"; exit 7', { GREETING: `it's "$HOME"\n*`, 'not-a-name': 'x' });
    await go();
    expect(await ended).toBe(7);
    expect(said.join('')).toBe(`it's "$HOME"\n* ${lease}\n`);
    expect(await readFile(join(lease, 'status'), 'utf8')).toBe('7\n');
  });

  it('ends with the status of a launch that failed', async () => {
    const { ended } = await start();
    await writeAtomically(join(lease, 'failed'), '6\n');
    expect(await ended).toBe(6);
  });

  it('ends at once by SIGTERM while it waits', async () => {
    const { child, said, ended } = await start();
    await until(
      'it to wait',
      async () => (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')) !== '',
    );
    child.kill('SIGTERM');
    expect([await ended, said]).toEqual([143, []]);
  });

  it('does not wait without end', async () => {
    const { said, ended } = await start('2');
    expect([await ended, said.join('')]).toEqual([6, 'hibana: there was no word of the launcher\n']);
  });

  it.each([
    ['polite', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done', 3],
    ['stubborn', 'trap "" TERM; echo ready; while :; do sleep 0.1; done', 137],
  ])('ends one that is %s when its launcher says so', async (_how, shell, status) => {
    const { said, ended } = await start();
    await run(shell);
    await go();
    await until('it to run', async () => said.join('').includes('ready'));
    await writeAtomically(join(lease, 'stop'), 'TERM 1\n');
    expect(await ended).toBe(status);
  });

  it('ends nothing by a word that is not whole yet', async () => {
    const { said, ended } = await start();
    await run('trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done');
    await go();
    await until('it to run', async () => said.join('').includes('ready'));
    await writeFile(join(lease, 'stop'), '');
    // Longer than it takes to look.
    await pause(300);
    await writeAtomically(join(lease, 'stop'), 'TERM 5\n');
    expect(await ended).toBe(3);
  });

  it('passes SIGTERM on', async () => {
    const { child, said, ended } = await start();
    await run('trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done');
    await go();
    await until('it to run', async () => said.join('').includes('ready'));
    child.kill('SIGTERM');
    expect(await ended).toBe(3);
  });

  // The latter takes the status of a child whenever it comes.
  it.each(['sh', 'bash'])('gives the status of one that ends by itself while %s is told to end it', async (shell) => {
    const slow = join(lease, 'mv');
    await writeFile(slow, '#!/bin/sh\nsleep 0.5\nexec /bin/mv "$@"\n', { mode: 0o755 });
    const { child, said, ended } = await start('100', { shell, path: lease });
    await run('echo ready; sleep 0.3; exit 0');
    await go();
    await until('it to run', async () => said.join('').includes('ready'));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
