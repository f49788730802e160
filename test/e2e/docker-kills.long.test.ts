import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { CliProcess } from '../helpers/cli.ts';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { hasDocker } from '../helpers/docker.ts';
import { type DockerWorkshop, openDockerWorkshop } from '../helpers/docker-workshop.ts';
import { describeWith } from '../helpers/requires.ts';

/** `status seconds`: says hello, and ends with the status. */
const APP = `
import sys, time
print("hello", flush=True)
time.sleep(float(sys.argv[2]))
sys.exit(int(sys.argv[1]))
`;
const WITHIN_MS = 65_000;
const POLL_MS = 250;

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('hibana run --platform docker, shot at', () => {
  let workshop: DockerWorkshop;
  let image: string;
  beforeAll(async () => {
    workshop = await openDockerWorkshop();
    image = await workshop.load({ tag: 'kills', app: APP });
  });
  afterEach(async () => expect(await workshop.left()).toEqual([]));
  afterAll(() => workshop[Symbol.asyncDispose]());

  const start = (args: readonly string[]): CliProcess => workshop.start(image, args);
  const container = (role: string) => workshop.container(role);

  it.each(['kill', 'rm'])('is deleted and lost when its launcher is gone by docker %s', async (how) => {
    const cli = start(['--', '0', '120']);
    await cli.saw('hello');
    const launcher = await container('launcher');
    await (how === 'kill' ? launcher.kill({ signal: 'SIGKILL' }) : launcher.remove({ force: true }));
    expect((await cli.ended).status).toBe(6);
    expect((await workshop.outcome()).kind).toBe('lost');
  });

  it('is deleted when command and launcher are killed at once', async () => {
    const cli = start(['--', '0', '120']);
    await cli.saw('hello');
    const launcher = await container('launcher');
    cli.child.kill('SIGKILL');
    await launcher.remove({ force: true });
    await cli.ended;
    expect(await workshop.leftAfter(WITHIN_MS)).toEqual([]);
  });

  it('fails when its driver is removed', async () => {
    const cli = start(['--', '0', '120']);
    await cli.saw('hello');
    await (await container('driver')).remove({ force: true });
    expect((await cli.ended).status).not.toBe(0);
  });

  it('goes on without a worker, which is replaced, and without its master', async () => {
    const cli = start(['--workers', '2', '--', '0', '20']);
    await cli.saw('hello');
    await (await container('worker')).remove({ force: true });
    const filters = { label: ['hibana.dev/index=3'] };
    const deadline = Date.now() + 15_000;
    while ((await workshop.docker.listContainers({ filters })).length === 0 && Date.now() < deadline)
      await pause(POLL_MS);
    expect(await workshop.docker.listContainers({ filters })).toHaveLength(1);
    await (await container('master')).kill({ signal: 'SIGKILL' });
    const end = await cli.ended;
    expect(end.status).toBe(0);
    expect(end.stderr).toMatch(/worker \d was lost: killed by SIGKILL/);
    expect(end.stderr).toContain('master was lost');
  });
});
