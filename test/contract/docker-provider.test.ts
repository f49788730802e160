import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ContainerImage } from '../../runtime/platform/docker/container-image.ts';
import { createDockerProvider, type DockerProviderOptions } from '../../runtime/platform/docker/docker-provider.ts';
import { testCtx } from '../helpers/ctx.ts';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { type DockerDaemon, hasDocker, startDocker } from '../helpers/docker.ts';
import { clusterSpec } from '../helpers/requests.ts';
import { describeWith } from '../helpers/requires.ts';
import { loadStandIn, standInImage } from '../helpers/stand-in-image.ts';
import { clusterProviderContract, type ProviderUnderTest } from './cluster-provider.ts';

/** Runs a line of shell in a container, to its end. */
async function execute(container: Docker.Container, line: string): Promise<void> {
  const command = await container.exec({ Cmd: ['sh', '-c', line], AttachStdout: true, AttachStderr: true });
  const stream = await command.start({});
  await finished(stream.resume());
}

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('clusters in Docker', () => {
  let daemon: DockerDaemon;
  let image: ContainerImage;
  beforeAll(async () => {
    daemon = await startDocker({ networks: true });
    image = await standInImage(daemon.docker, await loadStandIn(daemon.docker, { tag: 'contract' }));
  });
  afterAll(() => daemon[Symbol.asyncDispose]());

  const providerWith = (over: Partial<DockerProviderOptions> = {}) =>
    createDockerProvider({
      ...{ docker: daemon.docker, image, deadlineMs: 60_000, network: null, guard: null },
      ...{ app: 'etl', owner: undefined, launcher: undefined, ...over },
    });

  const left = async (): Promise<readonly string[]> => {
    const { docker } = daemon;
    const containers = await docker.listContainers({ all: true });
    const networks = await docker.listNetworks();
    const { Volumes: volumes } = await docker.listVolumes();
    return [
      ...containers.map(({ Names }) => `container ${Names[0]}`),
      ...networks.filter(({ Driver }) => Driver === 'bridge').map(({ Name }) => `network ${Name}`),
      ...(volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ];
  };

  clusterProviderContract('docker', async (): Promise<ProviderUnderTest> => {
    const directory = await mkdtemp(join(tmpdir(), 'hibana-docker-run-'));
    const owner = { run: 'contract', directory };
    const provider = providerWith();
    // A launcher that lives: without one a run's cluster is an orphan.
    const launcher = await daemon.docker.createContainer({
      ...{ name: 'launcher-of-contract', Image: image.id, Cmd: ['sleep', '600'] },
      Labels: { 'hibana.dev/role': 'launcher', 'hibana.dev/run': 'contract' },
      HostConfig: { NetworkMode: 'none' },
    });
    await launcher.start();
    return {
      provider,
      spec: (name) => clusterSpec({ name, owner }),
      killWorker: async (name, index) => {
        await daemon.docker.getContainer(`hibana-${name}-worker-${index}`).kill({ signal: 'SIGKILL' });
      },
      left: async () => (await left()).filter((object) => object !== 'container /launcher-of-contract'),
      [Symbol.asyncDispose]: async () => {
        for (const name of ['first', 'twice', 'half']) await provider.delete(name, testCtx());
        await launcher.remove({ force: true });
        await rm(directory, { recursive: true });
      },
    };
  });

  it('keeps what a lost worker and its executors have said last, and that the worker is gone', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hibana-docker-run-'));
    const provider = providerWith();
    const ctx = testCtx();
    await provider.create(clusterSpec({ name: 'said', owner: { run: 'said', directory } }), ctx);
    try {
      const worker = daemon.docker.getContainer('hibana-said-worker-1');
      const folder = '/work/apps/app-20260101000000-0000/0';
      const talk = `head -c 20000000 /dev/zero | tr '\\0' 'x' >/proc/1/fd/2; echo 'last words' >/proc/1/fd/2`;
      const long = `head -c 70000000 /dev/zero >${folder}/stdout; echo 'the last line' >>${folder}/stdout`;
      await execute(worker, `mkdir -p ${folder} && echo 'no more memory' >${folder}/stderr; ${long}; ${talk}`);
      await worker.kill({ signal: 'SIGKILL' });
      await provider.scale('said', 2, ctx);
      await expect(worker.inspect()).rejects.toMatchObject({ statusCode: 404 });
      const kept = (name: string) => readFile(join(directory, 'logs', name), 'utf8');
      expect(await kept('worker-1.app-20260101000000-0000.0.stderr')).toBe('no more memory\n');
      const stdout = await kept('worker-1.app-20260101000000-0000.0.stdout');
      expect([stdout.length, stdout.slice(-15)]).toEqual([2 ** 26, '\0the last line\n']);
      const said = await kept('worker-1.log');
      expect(said.slice(-20)).toMatch(/last words\n$/);
      expect(said.length).toBeLessThan(17 * 2 ** 20);
    } finally {
      await provider.delete('said', ctx);
      await rm(directory, { recursive: true });
    }
  });

  it('gives members no more than they need', async () => {
    const provider = providerWith();
    const ctx = testCtx();
    await provider.create(clusterSpec({ name: 'tight', lease: null }), ctx);
    try {
      const worker = await daemon.docker.getContainer('hibana-tight-worker-1').inspect();
      expect(worker.HostConfig).toMatchObject({
        ...{ ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], Privileged: false },
        ...{ Memory: 2 ** 30, MemorySwap: 2 ** 30, NanoCpus: 1e9, Binds: null },
      });
      expect(worker.Config.User).toBe('1001:0');
      expect(Object.values(worker.NetworkSettings.Ports ?? {}).filter((ports) => ports !== null)).toEqual([]);
      expect(Object.keys(worker.NetworkSettings.Networks)).toEqual(['hibana-tight']);
      expect(worker.Config.Labels).toMatchObject({
        ...{ 'hibana.dev/cluster': 'tight', 'hibana.dev/role': 'worker', 'hibana.dev/index': '1' },
        'app.kubernetes.io/managed-by': 'hibana',
      });
      expect(JSON.stringify([worker.Path, worker.Args])).not.toContain(
        (await provider.find('tight', ctx))?.secret ?? 'no cluster',
      );
    } finally {
      await provider.delete('tight', ctx);
    }
    expect(await left()).toEqual([]);
  });

  it.each([
    ['a network', 'NAME_TAKEN'],
    ['a container', 'NAME_TAKEN'],
  ])('leaves %s of somebody else that has its name alone', async (what, code) => {
    const { docker } = daemon;
    const own =
      what === 'a network'
        ? await docker.createNetwork({ Name: 'hibana-mine', Driver: 'bridge' })
        : await docker.createContainer({ name: 'hibana-mine-master', Image: image.id, Cmd: ['true'] });
    const provider = providerWith();
    const ctx = testCtx();
    await expect(provider.create(clusterSpec({ name: 'mine' }), ctx)).rejects.toMatchObject({ code });
    await provider.delete('mine', ctx);
    expect(await left()).toEqual([what === 'a network' ? 'network hibana-mine' : 'container /hibana-mine-master']);
    await own.remove();
  });

  it('refuses workers that are larger than the machine, and makes nothing', async () => {
    const provider = providerWith();
    for (const worker of [
      { millicores: 1_000_000, memoryBytes: 2 ** 30 },
      { millicores: 1_000, memoryBytes: 2 ** 50 },
    ]) {
      const creating = provider.create(clusterSpec({ name: 'huge', worker }), testCtx());
      await expect(creating).rejects.toMatchObject({ code: 'WORKER_TOO_LARGE' });
    }
    expect(await left()).toEqual([]);
  });

  it('says what a master that does not start has said', async () => {
    const provider = providerWith({ image: { ...image, layout: { ...image.layout, java: '/usr' } } });
    const creating = provider.create(clusterSpec({ name: 'broken' }), testCtx());
    await expect(creating).rejects.toMatchObject({ code: 'CONTAINER_FAILED' });
    await provider.delete('broken', testCtx());
    expect(await left()).toEqual([]);
  });

  it('says that the daemon does not have an image', async () => {
    const provider = providerWith({ image: { ...image, id: `sha256:${'0'.repeat(64)}` } });
    const creating = provider.create(clusterSpec({ name: 'imageless' }), testCtx());
    await expect(creating).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    await provider.delete('imageless', testCtx());
    expect(await left()).toEqual([]);
  });
});
