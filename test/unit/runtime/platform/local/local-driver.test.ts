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

interface FakeDriver {
  /** What it does instead of writing `BYTES`. */
  readonly script?: string;
  readonly stderr?: Writable;
  readonly hasModule?: boolean;
}

/** A driver that writes `BYTES`, with readers of ours. */
async function driver(
  stdout: Writable,
  {
    script = `head -c ${BYTES} /dev/zero`,
    stderr = new PassThrough().resume(),
    hasModule: javaHasVectorModule = false,
  }: FakeDriver = {},
): Promise<{
  readonly ended: Promise<{ readonly status: number }>;
  readonly relays: readonly Promise<unknown>[];
  readonly log: string;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-driver-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'java', 'bin'), { recursive: true });
  await writeFile(join(folder, 'java', 'bin', 'java'), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  const relays: Promise<unknown>[] = [];
  const options: LocalDriverOptions = {
    leaseDirectory: folder,
    stateFolder: folder,
    env: { PATH: '/usr/bin:/bin' },
    stdout: stdout.on('error', () => {}),
    stderr,
    stopSignal: () => 'SIGTERM',
    onRelay: (relayed) => relays.push(relayed.then(() => 'relayed')),
  };
  const request = launchRequestFor({ layout: { java: join(folder, 'java'), app: folder, javaHasVectorModule } });
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

  it.each([
    { wrote: 'WARNING: Using incubator modules: jdk.incubator.vector\nours\n', seen: 'ours\n', hasModule: true },
    { wrote: 'WARNING: Using incubator modules: jdk.incubator.vector\n', seen: '', hasModule: true },
    { wrote: 'WARNING: Using inc', seen: 'WARNING: Using inc', hasModule: true },
    {
      wrote: 'first\nWARNING: Using incubator modules: jdk.incubator.vector\n',
      seen: 'first\nWARNING: Using incubator modules: jdk.incubator.vector\n',
      hasModule: true,
    },
    {
      wrote: 'WARNING: Using incubator modules: jdk.incubator.vector\n',
      seen: 'WARNING: Using incubator modules: jdk.incubator.vector\n',
      hasModule: false,
    },
  ])('relays no greeting of the JVM, and the log has it: $wrote', async ({ wrote, seen, hasModule }) => {
    const stderr = new PassThrough();
    const script = `printf '%s' '${wrote}' | dd bs=7 status=none >&2`;
    const { ended, relays, log } = await driver(new PassThrough(), { script, stderr, hasModule });
    await ended;
    await Promise.all(relays);
    stderr.end();
    expect((await buffer(stderr)).toString()).toBe(seen);
    expect(await readFile(log.replace('stdout', 'stderr'), 'utf8')).toBe(wrote);
  });
});
