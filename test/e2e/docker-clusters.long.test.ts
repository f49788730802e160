import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliEnd, startCli } from '../helpers/cli.ts';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { hasDocker } from '../helpers/docker.ts';
import { type DockerWorkshop, openDockerWorkshop } from '../helpers/docker-workshop.ts';
import { describeWith } from '../helpers/requires.ts';

const APP = `
import sys, time
print("hello", flush=True)
time.sleep(float(sys.argv[1]))
`;

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('hibana cluster --platform docker', () => {
  let workshop: DockerWorkshop;
  let image: string;
  beforeAll(async () => {
    workshop = await openDockerWorkshop();
    image = await workshop.load({ tag: 'shared', app: APP });
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  const cluster = (verb: string, ...args: readonly string[]): Promise<CliEnd> =>
    workshop.run('cluster', verb, ...args, '--platform', 'docker', '--output', 'json');

  it('makes one that runs use, scales it, finds what it lost, refuses to delete it under a job, and deletes it', async () => {
    const made = await cluster('create', 'team', '--image', image, '--workers', '1');
    expect(made.status, made.stderr).toBe(0);
    expect(JSON.parse((await cluster('create', 'team', '--image', image)).stdout).error.code).toBe('CLUSTER_EXISTS');
    const job = workshop.start(image, ['--cluster', 'team', '--workers', '1', '--', '15']);
    await job.saw('hello');
    expect(JSON.parse((await cluster('delete', 'team')).stdout).error.code).toBe('CLUSTER_IN_USE');
    const end = await job.ended;
    expect(end.status, end.stderr).toBe(0);

    expect((await cluster('scale', 'team', '2')).status).toBe(0);
    await workshop.docker.getContainer('hibana-team-worker-1').kill({ signal: 'SIGKILL' });
    const listed = JSON.parse((await cluster('list')).stdout).clusters;
    expect(listed).toMatchObject([{ name: 'team', state: 'degraded', workers: 2, shared: true, platform: 'docker' }]);
    expect((await cluster('scale', 'team')).status).toBe(0);
    const shown = JSON.parse((await cluster('show', 'team')).stdout).cluster;
    expect(shown).toMatchObject({ name: 'team', state: 'ready', workers: 2, spark: '4.2.1' });

    expect(JSON.parse((await cluster('prune')).stdout)).toMatchObject({ runs: [], clusters: [] });
    expect((await cluster('delete', 'team')).status).toBe(0);
    expect(await workshop.left()).toEqual([]);
    expect(JSON.parse((await cluster('show', 'team')).stdout).error.code).toBe('CLUSTER_NOT_FOUND');
  });

  it('runs on a master of somebody else in its network, unless it has another Spark, and leaves both alone', async () => {
    const { docker } = workshop;
    const network = await docker.createNetwork({ Name: 'theirs', Driver: 'bridge' });
    const start = async (name: string, args: readonly string[], env: readonly string[] = []): Promise<string> => {
      const container = await docker.createContainer({
        ...{ name, Image: image, Entrypoint: ['/opt/java/bin/java'], Cmd: [...args], Env: [...env] },
        HostConfig: { NetworkMode: 'theirs' },
      });
      await container.start();
      return (await container.inspect()).NetworkSettings.Networks.theirs?.IPAddress ?? '';
    };
    const MASTER = ['org.apache.spark.deploy.master.Master'];
    const hosts = [await start('same', MASTER), await start('other', MASTER, ['HIBANA_TEST_SPARK=3.5.6'])];
    const [same, other] = hosts.map((host) => `spark://${host}:7077`);
    await start('worker', ['org.apache.spark.deploy.worker.Worker', same ?? '']);
    // Where the launcher is, nothing of this machine is to be seen but the folder of the run.
    const secret = join(workshop.home.path, 'secret');
    await writeFile(secret, 'theirs alone');
    const flags = ['--network', 'theirs', '--workers', '1', '--cluster-secret-file', secret];
    const on = (master = '') => ['--cluster', master, ...flags, '--', '0'];

    const end = await workshop.start(image, on(same)).ended;
    expect([end.status, end.stdout], end.stderr).toEqual([0, 'hello\n']);
    const refused = await workshop.start(image, on(other)).ended;
    expect([refused.status, (await workshop.outcome()).reason?.code], refused.stderr).toEqual([6, 'SPARK_MISMATCH']);

    expect((await workshop.left()).toSorted()).toEqual(['/other', '/same', '/worker', 'theirs']);
    expect(await docker.listContainers()).toHaveLength(3);
    for (const name of ['other', 'same', 'worker']) await docker.getContainer(name).remove({ force: true });
    await network.remove();
  });

  it('leaves nothing of one that is interrupted', async () => {
    const args = ['cluster', 'create', 'half', '--image', image, '--platform', 'docker', '--workers', '3'];
    const creating = startCli(args, workshop.home, { env: workshop.env });
    while ((await workshop.left()).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    creating.child.kill('SIGINT');
    expect((await creating.ended).status).toBe(130);
    expect(await workshop.left()).toEqual([]);
  });
});
