import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { containerLabels, OWNER_LABEL } from '../../cli/build/s2i/container-owner.ts';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { findBusybox } from '../helpers/busybox-root.ts';
import { type CliProcess, startCli } from '../helpers/cli.ts';
import { hasDocker } from '../helpers/docker.ts';
import { startDockerBuild } from '../helpers/docker-build.ts';
import { dockerSuite } from '../helpers/docker-suite.ts';
import { describeWith } from '../helpers/requires.ts';
import { addS2iBuilder, SCRIPTS } from '../helpers/s2i-builder.ts';

/** A container ends when the connection to its input does, which takes no longer than a daemon takes to notice. */
const GONE_WITHIN_MS = 20_000;
const ENDLESS = 'echo begun; sleep 600';

describeWith('docker', (await hasDocker()) && (await findBusybox()) !== undefined)('a build in Docker', () => {
  const suite = dockerSuite('hibana-killed-');
  afterEach(async () => {
    for (const { Id } of await suite.daemon.docker.listContainers({ all: true })) {
      await suite.daemon.docker.getContainer(Id).remove({ force: true });
    }
  });

  const start = (name: string, assemble: string, ...options: readonly string[]): Promise<CliProcess> =>
    startDockerBuild(suite, { name, assemble, options });
  const startJob = async (submit: string): Promise<CliProcess> => {
    const { daemon, folder, home } = suite;
    const store = createLayoutStore({ folder: join(folder, 'builders'), pid: process.pid });
    const env = { PATH: `${SCRIPTS}:/bin` };
    await addS2iBuilder(store, { tag: 'tested', scripts: { 'spark-submit': submit }, env });
    const args = ['builder', 'test', `oci:${folder}/builders:tested`, '--run', '--output', 'ndjson'];
    return startCli(args, home, { env: { DOCKER_HOST: daemon.host } });
  };
  const good = async (...words: Parameters<typeof start>): Promise<void> => {
    const end = await (await start(...words)).ended;
    expect(end.status, end.stderr + end.stdout).toBe(0);
  };
  const containers = async (): Promise<readonly string[]> =>
    (await suite.daemon.docker.listContainers({ all: true })).map(({ Id }) => Id);
  const waitUntilGone = (): Promise<void> => expect.poll(containers, { timeout: GONE_WITHIN_MS }).toEqual([]);
  const made = async (labels: Readonly<Record<string, string>>): Promise<string> => {
    const [image] = await suite.daemon.docker.listImages({ filters: { reference: ['localhost/hibana-build'] } });
    const container = await suite.daemon.docker.createContainer({ Image: image?.Id ?? '', Labels: { ...labels } });
    return container.id;
  };

  it.each([
    ['assemble runs', ENDLESS, 'begun'],
    [
      'assemble runs that defends itself',
      'trap : TERM HUP INT; (setsid sleep 600 &); echo begun; while :; do sleep 1; done',
      'begun',
    ],
  ])('leaves no container when it is killed while %s', async (_when, assemble, seen) => {
    const cli = await start('one', assemble);
    await cli.saw(seen);
    expect(await containers()).toHaveLength(1);
    cli.child.kill('SIGKILL');
    await cli.ended;
    await waitUntilGone();
  });

  it('leaves no container when it is killed while save-artifacts runs', async () => {
    await good('one', 'touch /tmp/first');
    const cli = await start('two', 'touch /tmp/second', '--incremental');
    await cli.saw('saving');
    cli.child.kill('SIGKILL');
    await cli.ended;
    await waitUntilGone();
  });

  it('leaves no container when it is killed while a builder is tested by a job', async () => {
    const cli = await startJob(ENDLESS);
    const running = async () => (await suite.daemon.docker.listContainers()).length;
    await expect.poll(running, { timeout: GONE_WITHIN_MS }).toBe(1);
    cli.child.kill('SIGKILL');
    await cli.ended;
    await waitUntilGone();
  });

  it.each([
    ['is good', 'test -f "$3"; touch /tmp/made; ! touch /made 2>/dev/null; echo counted 153', 'ok', /read-only root/],
    ['fails', 'echo why it failed >&2; exit 3', 'failure', /status 3: .*why it failed/],
    ['says something else', 'echo counted 152', 'failure', /status 0: counted 152/],
  ])('tells of a job in a builder that it %s, and leaves nothing of it', async (_what, submit, state, detail) => {
    await good('one', 'touch /tmp/first');
    const owner = (await containerLabels())[OWNER_LABEL] ?? '';
    const left = await made({ ...(await containerLabels()), [OWNER_LABEL]: owner.replace(/\d+$/, '1') });
    expect(await containers()).toEqual([left]);
    const before = await suite.daemon.docker.listImages();
    const { stdout } = await (await startJob(submit)).ended;
    const result = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(result.checks.at(-1)).toMatchObject({ name: 'job', state, detail: expect.stringMatching(detail) });
    expect(await containers()).toEqual([]);
    expect(await suite.daemon.docker.listImages()).toHaveLength(before.length);
  });

  it('deletes what builds before it left, and nothing of those that may be there yet', async () => {
    await good('one', 'touch /tmp/first');
    const living = await start('living', ENDLESS);
    await living.saw('begun');
    const [own] = await containers();
    const labels = await containerLabels();
    const owner = labels[OWNER_LABEL] ?? '';
    const [boot, namespace, user, pid, ticks] = owner.split('/');
    const gone = [boot, namespace, user, pid, Number(ticks) - 1].join('/');
    const [left, elsewhere, inContainer, nobody] = await Promise.all([
      made({ ...labels, [OWNER_LABEL]: gone }),
      made({ ...labels, [OWNER_LABEL]: ['another-machine', namespace, user, pid, Number(ticks) - 1].join('/') }),
      made({ ...labels, [OWNER_LABEL]: [boot, '1', user, pid, Number(ticks) - 1].join('/') }),
      made({ 'hibana.dev/role': 'build' }),
    ]);
    const ours = await made(labels);
    await good('two', 'touch /tmp/second');
    const there = await containers();
    expect(there).not.toContain(left);
    expect(there.toSorted()).toEqual([own, elsewhere, inContainer, nobody, ours].toSorted());
    living.child.kill('SIGTERM');
    expect((await living.ended).status).toBe(143);
    expect(await containers()).not.toContain(own);
  });
});
