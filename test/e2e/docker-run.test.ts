import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type CliProcess, runCli } from '../helpers/cli.ts';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { hasDocker } from '../helpers/docker.ts';
import { type DockerWorkshop, openDockerWorkshop } from '../helpers/docker-workshop.ts';
import { fileEntry } from '../helpers/layer-sources.ts';
import { describeWith } from '../helpers/requires.ts';

/** `status seconds [eat]`: says hello, and ends with the status. */
const APP = `
import os, sys, time
print("hello", sys.argv[1:], os.environ.get("GREETING"), os.getuid(), flush=True)
print("a word on stderr", file=sys.stderr, flush=True)
if "eat" in sys.argv:
    hoard = [bytearray(2 ** 26) for _ in range(200)]
time.sleep(float(sys.argv[2]))
sys.exit(int(sys.argv[1]))
`;
const WITHIN_MS = 65_000;

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('hibana run --platform docker', () => {
  let workshop: DockerWorkshop;
  let image: string;
  beforeAll(async () => {
    workshop = await openDockerWorkshop();
    image = await workshop.load({ tag: 'run', app: APP });
  });
  afterEach(async () => expect(await workshop.left()).toEqual([]));
  afterAll(() => workshop[Symbol.asyncDispose]());

  const start = (args: readonly string[], of = image): CliProcess => workshop.start(of, args);
  const container = (role: string) => workshop.container(role);

  it("gives the job's status, arguments, environment and output, and leaves its logs alone", async () => {
    const end = await start(['--env', 'GREETING=good day', '--', '3', '0', 'two words']).ended;
    expect([end.status, end.stdout]).toEqual([3, "hello ['3', '0', 'two words'] good day 1001\n"]);
    expect(end.stderr).toContain('a word on stderr\n');
    const { kind, jobStatus, logs, leftovers } = await workshop.outcome();
    expect([kind, jobStatus, leftovers]).toEqual(['failed', 3, []]);
    expect(await readdir(logs)).toEqual(expect.arrayContaining(['driver.stdout.log', 'master.log', 'worker-1.log']));
  });

  it('puts the launcher alone beside the socket, and gives nobody more than they need', async () => {
    const cli = start(['--', '0', '8']);
    await cli.saw('hello');
    const socketOf = async (role: string) =>
      (await (await container(role)).inspect()).Mounts.filter(({ Type }) => Type === 'bind').map(
        (one) => one.Destination,
      );
    expect(await socketOf('launcher')).toContain('/var/run/docker.sock');
    for (const role of ['driver', 'master', 'worker']) {
      expect(await socketOf(role)).toEqual([]);
      const { HostConfig, Config } = await (await container(role)).inspect();
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] });
      expect(Config.User).toBe('1001:0');
    }
    expect((await cli.ended).status).toBe(0);
  });

  it('lets nothing of an application into what guards it', async () => {
    const planted = 'require("fs").writeSync(2, "PLANTED"); process.exit(99);';
    const more = [
      fileEntry('planted.cjs', planted),
      // Where hibana's own image has what it runs.
      fileEntry('opt/hibana/dist/launcher/docker.mjs', planted),
    ];
    const name = await workshop.load({
      ...{ tag: 'planted', app: APP, more },
      env: { NODE_OPTIONS: '--require /planted.cjs', NODE_PATH: '/planted' },
    });
    const end = await start(['--', '0', '0'], name).ended;
    expect([end.status, end.stdout]).toEqual([0, "hello ['0', '0'] None 1001\n"]);
    expect(end.stderr).not.toContain('PLANTED');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops and deletes on %s', async (signal, status) => {
    const cli = start(['--', '0', '60']);
    await cli.saw('hello');
    cli.child.kill(signal);
    expect((await cli.ended).status).toBe(status);
  });

  it('is deleted when the command is killed', async () => {
    const cli = start(['--', '0', '120']);
    await cli.saw('hello');
    cli.child.kill('SIGKILL');
    await cli.ended;
    expect(await workshop.leftAfter(WITHIN_MS)).toEqual([]);
  });

  it('says that the job was killed for memory', async () => {
    const end = await start(['--conf', 'spark.driver.memory=512m', '--output', 'json', '--', '0', '0', 'eat']).ended;
    expect(end.status).toBe(137);
    const document = JSON.parse(end.stdout.slice(end.stdout.indexOf('\n{') + 1));
    expect(document.error.code).toBe('JOB_OUT_OF_MEMORY');
  });

  it.each<[string, number, string, Readonly<Record<string, string>>, string | null, readonly string[]]>([
    ['an image that is not there', 8, 'IMAGE_NOT_FOUND', {}, `sha256:${'0'.repeat(64)}`, []],
    ['no daemon', 6, 'DOCKER_UNREACHABLE', { DOCKER_HOST: 'unix:///nowhere/docker.sock' }, null, []],
    ['a daemon elsewhere', 6, 'DOCKER_UNSUPPORTED', { DOCKER_HOST: 'tcp://127.0.0.1:1' }, null, []],
    ['a shared cluster that is not there', 8, 'CLUSTER_NOT_FOUND', {}, null, ['--cluster', 'nobody']],
    ['a master that nobody says how to reach', 2, 'USAGE', {}, null, ['--cluster', 'spark://host:7077']],
    ['workers larger than the machine', 2, 'WORKER_TOO_LARGE', {}, null, ['--worker-cores', '64']],
    ['a launcher image that is not there', 8, 'IMAGE_NOT_FOUND', {}, null, ['--launcher-image', 'oci:/nowhere:v1']],
  ])('refuses %s', async (_what, status, code, more, of, flags) => {
    const args = ['run', of ?? image, '--platform', 'docker', '--output', 'json', ...flags, '--', '0', '0'];
    const end = await runCli(args, workshop.home, { env: { ...workshop.env, ...more } });
    expect([JSON.parse(end.stdout).error.code, end.status]).toEqual([code, status]);
  });

  it("leaves somebody else's container that has its name alone", async () => {
    const network = await workshop.docker.createNetwork({ Name: 'hibana-mine', Driver: 'bridge' });
    const args = ['run', image, '--platform', 'docker', '--output', 'json', '--', '0', '0'];
    const end = await runCli(args, workshop.home, { env: { ...workshop.env, HIBANA_CLUSTER: 'mine' } });
    expect(JSON.parse(end.stdout).error.code).toBe('NAME_TAKEN');
    expect(await workshop.left()).toEqual(['hibana-mine']);
    await network.remove();
  });

  it('publishes the port of an application on loopback alone', async () => {
    const descriptor = { port: 18_080, kind: 'service' } as const;
    const name = await workshop.load({ tag: 'port', app: APP, descriptor });
    const cli = start(['--', '0', '4'], name);
    await cli.saw('hello');
    const { NetworkSettings } = await (await container('driver')).inspect();
    expect(NetworkSettings.Ports).toEqual({ '18080/tcp': [{ HostIp: '127.0.0.1', HostPort: '18080' }] });
    expect((await cli.ended).status).toBe(0);
  });
});
