import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliEnd, type Home, makeHome, runCli, startCli } from '../helpers/cli.ts';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { type DockerDaemon, hasDocker, startDocker } from '../helpers/docker.ts';
import { gitBase } from '../helpers/git-base.ts';
import { describeWith } from '../helpers/requires.ts';
import { loadStandIn } from '../helpers/stand-in-image.ts';

const APP = `
import sys, time
print("hello", flush=True)
time.sleep(float(sys.argv[1]))
`;

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('hibana cluster --platform docker', () => {
  let daemon: DockerDaemon;
  let folder: string;
  let home: Home;
  let image: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hibana-docker-clusters-'));
    [home, daemon] = await Promise.all([makeHome(), startDocker({ networks: true })]);
    await gitBase(join(folder, 'base'));
    const base = ['--base', `oci:${folder}/base:git`];
    const built = await hibana('builder', 'build', 'hibana', ...base, '--load', '--image', 'localhost/hibana:test');
    expect(built.status, built.stderr).toBe(0);
    const name = await loadStandIn(daemon.docker, { tag: 'shared', app: APP });
    image = (await daemon.docker.getImage(name).inspect()).Id;
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const env = () => ({ DOCKER_HOST: daemon.host, HIBANA_LAUNCHER_IMAGE: 'localhost/hibana:test' });
  const hibana = (...args: readonly string[]): Promise<CliEnd> => runCli(args, home, { env: env() });
  const cluster = (verb: string, ...args: readonly string[]): Promise<CliEnd> =>
    hibana('cluster', verb, ...args, '--platform', 'docker', '--output', 'json');
  const left = async (): Promise<readonly string[]> => {
    const { docker } = daemon;
    const networks = await docker.listNetworks({ filters: { driver: ['bridge'] } });
    return [
      ...(await docker.listContainers({ all: true })).map(({ Names }) => Names[0] ?? ''),
      ...networks.map(({ Name }) => Name).filter((name) => name !== 'bridge'),
      ...((await docker.listVolumes()).Volumes ?? []).map(({ Name }) => Name),
    ];
  };

  it('makes one that runs use, scales it, finds what it lost, refuses to delete it under a job, and deletes it', async () => {
    const made = await cluster('create', 'team', '--image', image, '--workers', '1');
    expect(made.status, made.stderr).toBe(0);
    expect(JSON.parse((await cluster('create', 'team', '--image', image)).stdout).error.code).toBe('CLUSTER_EXISTS');
    const job = startCli(
      ['run', image, '--platform', 'docker', '--cluster', 'team', '--workers', '1', '--', '15'],
      home,
      { env: env() },
    );
    await job.saw('hello');
    expect(JSON.parse((await cluster('delete', 'team')).stdout).error.code).toBe('CLUSTER_IN_USE');
    const end = await job.ended;
    expect(end.status, end.stderr).toBe(0);

    expect((await cluster('scale', 'team', '2')).status).toBe(0);
    await daemon.docker.getContainer('hibana-team-worker-1').kill({ signal: 'SIGKILL' });
    const listed = JSON.parse((await cluster('list')).stdout).clusters;
    expect(listed).toMatchObject([{ name: 'team', state: 'degraded', workers: 2, shared: true, platform: 'docker' }]);
    expect((await cluster('scale', 'team')).status).toBe(0);
    const shown = JSON.parse((await cluster('show', 'team')).stdout).cluster;
    expect(shown).toMatchObject({ name: 'team', state: 'ready', workers: 2, spark: '4.2.1' });

    expect(JSON.parse((await cluster('prune')).stdout)).toMatchObject({ runs: [], clusters: [] });
    expect((await cluster('delete', 'team')).status).toBe(0);
    expect(await left()).toEqual([]);
    expect(JSON.parse((await cluster('show', 'team')).stdout).error.code).toBe('CLUSTER_NOT_FOUND');
  });

  it('leaves nothing of one that is interrupted', async () => {
    const args = ['cluster', 'create', 'half', '--image', image, '--platform', 'docker', '--workers', '3'];
    const creating = startCli(args, home, { env: env() });
    while ((await left()).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    creating.child.kill('SIGINT');
    expect((await creating.ended).status).toBe(130);
    expect(await left()).toEqual([]);
  });
});
