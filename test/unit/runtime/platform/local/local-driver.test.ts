import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LocalDriverOptions, runLocalDriver } from '../../../../../runtime/platform/local/local-driver.ts';
import { launchRequestFor } from '../../../../helpers/requests.ts';

const BYTES = 150_000;

/** A driver that writes `BYTES`, with readers of ours. */
async function driver(stdout: Writable): Promise<{
  readonly ended: Promise<{ readonly status: number }>;
  readonly relays: readonly Promise<unknown>[];
  readonly log: string;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-driver-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'java', 'bin'), { recursive: true });
  await writeFile(join(folder, 'java', 'bin', 'java'), `#!/bin/sh\nhead -c ${BYTES} /dev/zero\n`, { mode: 0o700 });
  const relays: Promise<unknown>[] = [];
  const options: LocalDriverOptions = {
    leaseDirectory: folder,
    stateFolder: folder,
    env: { PATH: '/usr/bin:/bin' },
    stdout: stdout.on('error', () => {}),
    stderr: new PassThrough().resume(),
    stopSignal: () => 'SIGTERM',
    onRelay: (relayed) => relays.push(relayed.then(() => 'relayed')),
  };
  const request = launchRequestFor({ layout: { java: join(folder, 'java'), app: folder } });
  const cluster = { name: 'etl-1', master: 'spark://127.0.0.1:1', webUi: null, secret: null, spark: null };
  const ctx = { signal: new AbortController().signal, emit: () => {}, now: Date.now };
  const log = join(folder, 'logs', 'driver.stdout.log');
  return { ended: runLocalDriver(request, cluster, options, ctx), relays, log };
}

describe('runLocalDriver()', () => {
  it('ends with the driver, and its relay only when a slow reader has taken everything', async () => {
    const stdout = new PassThrough();
    const { ended, relays, log } = await driver(stdout);
    await expect(ended).resolves.toEqual({ status: 0 });
    await expect(Promise.race([...relays, pause(50, 'not yet')])).resolves.toBe('not yet');
    const received = buffer(stdout);
    await expect(Promise.all(relays)).resolves.toEqual(['relayed']);
    stdout.end();
    expect((await received).length).toBe(BYTES);
    expect((await readFile(log)).length).toBe(BYTES);
  });

  it('goes on, and keeps the log, when the reader goes away', async () => {
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const { ended, relays, log } = await driver(stdout);
    await expect(ended).resolves.toEqual({ status: 0 });
    await Promise.all(relays);
    expect((await readFile(log)).length).toBe(BYTES);
  });
});
