import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { hasDocker } from '../helpers/docker.ts';
import { openDockerDesk } from '../helpers/docker-desk.ts';
import { type DockerWorkshop, openDockerWorkshop } from '../helpers/docker-workshop.ts';
import { describeWith } from '../helpers/requires.ts';

const rounds = Number(process.env.HIBANA_CHAOS_ROUNDS ?? 100);
const ROUND_MS = 180_000;
/** `lease.seconds`, and five more. */
const LEASE_MS = 65_000;
const SPAN_MS = 20_000;
const DEPLOYED_SPAN_MS = 6_000;
const POLL_MS = 100;
/** `interrupted`: the command, by Ctrl-C. */
const TARGETS = ['command', 'launcher', 'interrupted', 'driver', 'master', 'worker'] as const;
/** For workers to give up a master that does not come back. */
const PATIENCE_MS = 40_000;
const APP = `
import sys, time
print("hello", flush=True)
time.sleep(float(sys.argv[1]))
`;

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('hibana run --platform docker, shot at', () => {
  let workshop: DockerWorkshop;
  let image: string;
  beforeAll(async () => {
    workshop = await openDockerWorkshop();
    image = await workshop.load({ tag: 'chaos', app: APP });
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  it(`leaves nothing within the time of its lease in ${rounds} rounds`, { timeout: rounds * ROUND_MS }, async () => {
    const { docker } = workshop;
    // Somebody else's, which nobody touches.
    const other = await docker.createContainer({ name: 'somebody', Image: image, Cmd: ['true'] });
    const bad: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const target = TARGETS[round % TARGETS.length] ?? 'command';
      const isRemoved = Math.random() < 0.5;
      const afterMs = Math.random() * SPAN_MS;
      const cli = workshop.start(image, ['--', '3']);
      await Promise.race([pause(afterMs), cli.ended]);
      if (target === 'command') cli.child.kill('SIGKILL');
      else if (target === 'interrupted') cli.child.kill('SIGINT');
      else {
        // There may be none of them yet, or no more.
        const shot = await workshop.container(target).catch(() => undefined);
        await (isRemoved ? shot?.remove({ force: true }) : shot?.kill({ signal: 'SIGKILL' }))?.catch(() => {});
      }
      const end = await cli.ended;
      const deadline = Date.now() + LEASE_MS;
      const rest = async () => (await workshop.left()).filter((name) => name !== '/somebody');
      while ((await rest()).length > 0 && Date.now() < deadline) await pause(POLL_MS);
      const left = await rest();
      const how = `${round}: ${target} ${isRemoved ? 'removed' : 'killed'} after ${Math.round(afterMs)} ms`;
      if (left.length > 0) bad.push(`${how}: ${left.join(', ')}\n${end.stderr}`);
      for (const name of left.filter((object) => object.startsWith('/'))) {
        await docker
          .getContainer(name.slice(1))
          .remove({ force: true, v: true })
          .catch(() => {});
      }
    }
    expect(bad.join('\n')).toBe('');
    expect(await workshop.left()).toEqual(['/somebody']);
    await other.remove();
  });

  it('leaves nothing of what is deployed within the same time', { timeout: rounds * ROUND_MS }, async () => {
    await using desk = await openDockerDesk(workshop);
    expect((await desk.hibana('deploy', image, '--name', 'nap', '--', '0')).status).toBe(0);
    const bad: string[] = [];
    for (let round = 0; round < Math.ceil(rounds / 4); round += 1) {
      const target = (['keeper', 'guards', 'launcher', 'driver', 'master', 'worker'] as const)[round % 6] ?? 'keeper';
      const run = (await desk.hibana('start', 'nap', '-d', '--', '2')).stdout.trim();
      const afterMs = Math.random() * DEPLOYED_SPAN_MS;
      await pause(afterMs);
      if (target === 'keeper' || target === 'guards') {
        const text = await readFile(join(desk.home.stateFolder, 'runs', run, 'keepers.ndjson'), 'utf8').catch(() => '');
        const pids = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).pid as number]));
        // One that has ended meanwhile is not there any more.
        for (const pid of target === 'keeper' ? pids.slice(0, 1) : pids) {
          try {
            process.kill(pid, 'SIGKILL');
          } catch {}
        }
      } else {
        const shot = await workshop.container(target).catch(() => undefined);
        await shot?.kill({ signal: 'SIGKILL' }).catch(() => {});
      }
      const deadline = Date.now() + LEASE_MS;
      const left = await workshop.leftAfter(LEASE_MS);
      // Whoever deletes looks once more, and then says what became of it.
      const statusNow = async (): Promise<string> => (await desk.ask('runs', 'nap')).runs[0].status;
      let status = await statusNow();
      for (; status === 'running' && Date.now() < deadline; await pause(POLL_MS)) status = await statusNow();
      if (left.length > 0 || status === 'running') {
        bad.push(`${round}: ${target} after ${Math.round(afterMs)} ms: ${status}, ${left.join(', ')}`);
      }
    }
    expect(bad.join('\n')).toBe('');
    expect((await desk.hibana('delete', 'nap')).status).toBe(0);
    expect(await desk.left()).toEqual([]);
  });

  it('is not ended by a launcher that is stopped for 30 s', { timeout: ROUND_MS }, async () => {
    const cli = workshop.start(image, ['--', '45']);
    await cli.saw('hello');
    const launcher = await workshop.container('launcher');
    await launcher.pause();
    await pause(30_000);
    await launcher.unpause();
    const end = await cli.ended;
    expect(end.status, end.stderr).toBe(0);
    expect(await workshop.left()).toEqual([]);
  });

  it('ends by itself when nobody who could delete it is left', { timeout: ROUND_MS }, async () => {
    const cli = workshop.start(image, ['--', '300']);
    await cli.saw('hello');
    const runs = join(workshop.home.stateFolder, 'runs');
    const [run = ''] = (await readdir(runs)).toSorted().slice(-1);
    const keepers = await readFile(join(runs, run, 'keepers.ndjson'), 'utf8');
    const pids = keepers.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).pid as number]));
    for (const pid of [cli.pid, ...pids]) process.kill(pid, 'SIGKILL');
    await (await workshop.container('launcher')).remove({ force: true, v: true });
    const running = async (): Promise<readonly string[]> => {
      const found = await workshop.docker.listContainers();
      return found.flatMap(({ Labels }) => Labels['hibana.dev/role'] ?? []);
    };
    const deadline = Date.now() + LEASE_MS + PATIENCE_MS;
    while ((await running()).length > 0 && Date.now() < deadline) await pause(POLL_MS);
    expect(await running()).toEqual([]);
    expect((await workshop.run('cluster', 'prune', '--platform', 'docker')).status).toBe(0);
    expect(await workshop.left()).toEqual([]);
  });
});
