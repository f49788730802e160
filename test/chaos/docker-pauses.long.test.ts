import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { hasDocker } from '../helpers/docker.ts';
import { cutNetwork, freezeDaemon } from '../helpers/docker-faults.ts';
import { type DockerWorkshop, openDockerWorkshop } from '../helpers/docker-workshop.ts';
import { describeWith } from '../helpers/requires.ts';

const APP = `
import sys, time
print("hello", flush=True)
time.sleep(float(sys.argv[1]))
print("done", flush=True)
`;
const FOR_MS = 30_000;
const POLL_MS = 50;
const ANSWER_MS = 2_000;

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('hibana run --platform docker, held up', () => {
  let workshop: DockerWorkshop;
  let image: string;
  beforeAll(async () => {
    workshop = await openDockerWorkshop();
    image = await workshop.load({ tag: 'pauses', app: APP });
  });
  afterEach(async () => expect(await workshop.left()).toEqual([]));
  afterAll(() => workshop[Symbol.asyncDispose]());

  const isThere = async (role: string): Promise<boolean> =>
    workshop.container(role).then(
      () => true,
      () => false,
    );
  const masterAnswers = async (): Promise<boolean> => {
    const { NetworkSettings } = await (await workshop.container('master')).inspect();
    const [network] = Object.values(NetworkSettings.Networks);
    const page = fetch(`http://${network?.IPAddress}:8080/json/`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return page.then(
      () => true,
      () => false,
    );
  };

  it.each<[string, (workshop: DockerWorkshop) => Promise<void>]>([
    [
      'its network is cut',
      (shop) => {
        return cutNetwork(shop, FOR_MS, async () => expect(await masterAnswers()).toBe(false));
      },
    ],
    ['its daemon does not answer', (shop) => freezeDaemon(shop, FOR_MS)],
    [
      'its master is stopped',
      async (shop) => {
        const master = await shop.container('master');
        await master.pause();
        await pause(FOR_MS);
        await master.unpause();
      },
    ],
  ])('is not ended when %s for 30 s', async (_what, holdUp) => {
    const cli = workshop.start(image, ['--', '45']);
    await cli.saw('hello');
    await pause(ANSWER_MS);
    await holdUp(workshop);
    expect(await masterAnswers()).toBe(true);
    const end = await cli.ended;
    expect([end.status, end.stdout], end.stderr).toEqual([0, 'hello\ndone\n']);
    expect((await workshop.outcome()).leftovers).toEqual([]);
  });

  it.each(['launcher', 'master', 'worker', 'driver'])(
    'begins all the same when its daemon does not answer for 30 s as soon as there is a %s',
    async (role) => {
      const cli = workshop.start(image, ['--', '1']);
      while (!(await isThere(role))) await pause(POLL_MS);
      await freezeDaemon(workshop, FOR_MS);
      const end = await cli.ended;
      expect([end.status, end.stdout], end.stderr).toEqual([0, 'hello\ndone\n']);
    },
  );

  it('ends well and leaves nothing when its daemon does not answer as it ends', async () => {
    const cli = workshop.start(image, ['--', '4']);
    await cli.saw('hello');
    await pause(ANSWER_MS);
    await freezeDaemon(workshop, FOR_MS);
    const end = await cli.ended;
    expect([end.status, end.stdout], end.stderr).toEqual([0, 'hello\ndone\n']);
    expect((await workshop.outcome()).leftovers).toEqual([]);
  });
});
