import { appendFileSync } from 'node:fs';
import { chown, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parseOutcome } from '../../runtime/core/lease-directory.ts';
import { makeHome, runCli, startCli } from '../helpers/cli.ts';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { hasDocker } from '../helpers/docker.ts';
import { type DockerWorkshop, openDockerWorkshop } from '../helpers/docker-workshop.ts';
import { describeWith, itWith } from '../helpers/requires.ts';
import { canMount, mountSmallDisk } from '../helpers/small-disk.ts';
import { until } from '../helpers/until.ts';

const APP = `
import sys, time
print("hello", flush=True)
time.sleep(float(sys.argv[1]))
`;
const AWAY_MS = 3_000;
const LONG_AWAY_MS = 130_000;
const OLD = { Version: '19.03.15', ApiVersion: '1.40' };
const NEW = { Version: '28.2.2', ApiVersion: '1.50' };
const JSON_IN_DOCKER = ['--platform', 'docker', '--output', 'json'];
const NOBODY = 65_534;

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('hibana run --platform docker, in trouble', () => {
  let workshop: DockerWorkshop;
  let image: string;
  beforeAll(async () => {
    workshop = await openDockerWorkshop();
    image = await workshop.load({ tag: 'faults', app: APP });
  });
  afterEach(async () => expect(await workshop.left()).toEqual([]));
  afterAll(() => workshop[Symbol.asyncDispose]());

  // One that ends politely may tell the launcher first: then that was stopped by its signal.
  it.each([
    ['SIGTERM', [6, 143]],
    ['SIGKILL', [6]],
  ] as const)('is interrupted and deleted when its daemon is restarted by %s', async (signal, statuses) => {
    const cli = workshop.start(image, ['--', '120']);
    await cli.saw('hello');
    await workshop.restart(signal, AWAY_MS);
    const end = await cli.ended;
    const { kind, reason, leftovers } = await workshop.outcome();
    expect([reason?.code, kind, leftovers], end.stderr).toEqual(['INTERRUPTED', 'interrupted', []]);
    expect(statuses).toContain(end.status);
    expect(end.stderr).not.toContain('Cannot delete');
  });

  it('ends by itself when its daemon is killed and stays away', async () => {
    const cli = workshop.start(image, ['--', '600']);
    await cli.saw('hello');
    const containers = await workshop.docker.listContainers();
    const ids = containers.map(({ Id }) => Id);
    const back = workshop.restart('SIGKILL', LONG_AWAY_MS);
    const begun = Date.now();
    await until('its processes to end', async () => (await processesIn(ids)).length === 0, LONG_AWAY_MS);
    // The time of the lease, and of a worker's own patience.
    expect(Date.now() - begun).toBeLessThan(LONG_AWAY_MS - 10_000);
    await back;
    expect((await cli.ended).status).toBe(6);
  });

  it('says that its workers used up their memory, one after the other', async () => {
    const eater = await workshop.load({ tag: 'eater', app: APP, env: { HIBANA_TEST_EAT: '1' } });
    const cli = workshop.start(eater, ['--workers', '1', '--', '60']);
    const end = await cli.ended;
    expect([(await workshop.outcome()).reason?.code, end.status], end.stderr).toEqual(['WORKER_OUT_OF_MEMORY', 6]);
    expect(end.stderr).toContain('used up its memory and is replaced');
  });

  itWith('root', canMount())('loses logs, and not the job, when the disk of the run is full', async () => {
    using disk = mountSmallDisk(4);
    const env = { ...workshop.env, XDG_STATE_HOME: disk.path };
    const args = ['run', image, '--platform', 'docker', '--workers', '1', '--', '5'];
    const cli = startCli(args, workshop.home, { env });
    await cli.saw('hello');
    fill(join(disk.path, 'full'));
    const end = await cli.ended;
    expect([end.status, end.stdout], end.stderr).toEqual([0, 'hello\n']);
    const runs = join(disk.path, 'hibana', 'runs');
    const [run = ''] = await readdir(runs);
    const outcome = parseOutcome(await readFile(join(runs, run, 'outcome.json'), 'utf8'));
    expect(outcome).toMatchObject({ kind: 'succeeded', jobStatus: 0, leftovers: [] });
  });

  it('refuses a daemon whose socket is not for this user', async () => {
    await using home = await makeHome();
    await chown(home.path, NOBODY, NOBODY);
    const options = { env: { ...workshop.env, HOME: home.path }, uid: NOBODY };
    const end = await runCli(['run', image, ...JSON_IN_DOCKER], home, options);
    const { error } = JSON.parse(end.stdout);
    expect([error.code, end.status]).toEqual(['DOCKER_UNREACHABLE', 6]);
    expect(error.message).toContain('you may not use its socket');
  });

  it.each<[string, readonly string[], DaemonWords]>([
    ['a run in a daemon that is too old', ['run', `sha256:${'0'.repeat(64)}`], { version: OLD, info: {} }],
    [
      'a shared cluster in one without root',
      ['cluster', 'create', 'team', '--image', 'app'],
      { version: NEW, info: { SecurityOptions: ['name=rootless'] } },
    ],
  ])('refuses %s', async (_what, args, words) => {
    const socket = join(workshop.home.path, 'words.sock');
    await using _daemon = await daemonThatSays(words, socket);
    const env = { DOCKER_HOST: `unix://${socket}` };
    const end = await runCli([...args, ...JSON_IN_DOCKER], workshop.home, { env });
    expect([JSON.parse(end.stdout).error.code, end.status]).toEqual(['DOCKER_UNSUPPORTED', 6]);
  });
});

/** Writes to a file until there is no space left on its disk. */
function fill(path: string): void {
  for (const chunk of [Buffer.alloc(2 ** 16), Buffer.alloc(1)]) {
    try {
      for (;;) appendFileSync(path, chunk);
    } catch {}
  }
}

interface DaemonWords {
  readonly version: object;
  readonly info: object;
}

/** A daemon that says this of itself, and does nothing. */
async function daemonThatSays({ version, info }: DaemonWords, socket: string): Promise<AsyncDisposable> {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json');
    if (url.endsWith('/_ping')) response.end('OK');
    else response.end(JSON.stringify(url.endsWith('/version') ? version : info));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** The processes of containers, by the groups of the kernel: there is no daemon to ask. */
async function processesIn(ids: readonly string[]): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const groups = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => ids.some((id) => groups[index]?.includes(id)));
}
