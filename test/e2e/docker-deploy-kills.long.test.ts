import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { readProcessRecords } from '../../runtime/platform/local/process-record.ts';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { hasDocker } from '../helpers/docker.ts';
import { type DockerDesk, openDockerDesk } from '../helpers/docker-desk.ts';
import { type DockerWorkshop, openDockerWorkshop } from '../helpers/docker-workshop.ts';
import { describeWith } from '../helpers/requires.ts';

/** `status seconds`: says hello, and ends with the status. */
const JOB = `
import sys, time
print("hello", flush=True)
time.sleep(float(sys.argv[2]))
sys.exit(int(sys.argv[1]))
`;
const WITHIN_MS = 65_000;
const AWAY_MS = 3_000;
/** Longer than a sweep that somebody waits for goes on trying. */
const LONG_AWAY_MS = 95_000;

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('hibana deploy --platform docker, shot at', () => {
  let workshop: DockerWorkshop;
  let job: string;
  beforeAll(async () => {
    workshop = await openDockerWorkshop();
    job = await workshop.load({ tag: 'kills', app: JOB });
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  const begin = async (desk: DockerDesk): Promise<string> => {
    const end = await desk.hibana('deploy', job, '--name', 'nap', '--workers', '1', '-d', '--', '0', '600');
    const run = end.stdout.trim();
    const log = join(desk.home.stateFolder, 'runs', run, 'logs', 'driver.stdout.log');
    while (!existsSync(log)) await pause(100);
    return run;
  };
  const keepers = (desk: DockerDesk, run: string) =>
    readProcessRecords(join(desk.home.stateFolder, 'runs', run, LeaseFile.keepers));
  const statusOf = async (desk: DockerDesk): Promise<string> => (await desk.ask('runs', 'nap')).runs[0].status;
  const untilNot = async (desk: DockerDesk, status: string, withinMs: number): Promise<string> => {
    const deadline = Date.now() + withinMs;
    while ((await statusOf(desk)) === status && Date.now() < deadline) await pause(500);
    return statusOf(desk);
  };
  const clear = async (desk: DockerDesk): Promise<void> => {
    expect(await workshop.leftAfter(WITHIN_MS)).toEqual([]);
    expect((await desk.hibana('delete', 'nap')).status).toBe(0);
    expect(await desk.left()).toEqual([]);
  };

  it('goes on when the command that waits for it is killed', async () => {
    await using desk = await openDockerDesk(workshop);
    const cli = desk.start('deploy', job, '--name', 'nap', '--', '0', '600');
    await cli.saw('hello');
    cli.child.kill('SIGKILL');
    await cli.ended;
    await pause(3_000);
    expect((await desk.ask('status', 'nap')).application).toMatchObject({ state: 'running' });
    expect(await desk.ask('cancel', 'nap')).toMatchObject({ runs: [{ status: 'interrupted' }] });
    await clear(desk);
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('leaves nothing after %s at any moment of a deployment', async (signal) => {
    await using desk = await openDockerDesk(workshop);
    for (let afterMs = 200; afterMs < 4_000; afterMs += 400) {
      const cli = desk.start('deploy', job, '--name', 'nap', '--', '0', '1');
      await Promise.race([pause(afterMs), cli.ended]);
      cli.child.kill(signal);
      await cli.ended;
      // A run that had begun ends by itself.
      expect(await workshop.leftAfter(WITHIN_MS), `${signal} after ${afterMs} ms`).toEqual([]);
      const { end, applications } = await desk.ask('list');
      expect(end.status).toBe(0);
      expect(applications.map((one: { readonly state: string }) => one.state)).not.toContain('unreadable');
    }
    const whole = await desk.hibana('deploy', job, '--name', 'nap', '--', '0', '0');
    expect(whole.status, whole.stderr).toBe(0);
    await clear(desk);
  });

  it.each(['kill', 'rm'])('is lost and deleted when its launcher is gone by docker %s', async (how) => {
    await using desk = await openDockerDesk(workshop);
    await begin(desk);
    const launcher = await workshop.container('launcher');
    await (how === 'kill' ? launcher.kill({ signal: 'SIGKILL' }) : launcher.remove({ force: true }));
    expect(await untilNot(desk, 'running', WITHIN_MS)).toBe('lost');
    await clear(desk);
  });

  it('ends and is deleted when the process that keeps it is killed, and when its guards are as well', async () => {
    await using desk = await openDockerDesk(workshop);
    for (const count of [1, 3]) {
      const run = await begin(desk);
      for (const { pid } of (await keepers(desk, run)).slice(0, count)) process.kill(pid, 'SIGKILL');
      expect(['lost', 'interrupted']).toContain(await untilNot(desk, 'running', WITHIN_MS));
      expect(await workshop.leftAfter(WITHIN_MS)).toEqual([]);
      expect((await desk.hibana('delete', 'nap')).status).toBe(0);
    }
    expect(await desk.left()).toEqual([]);
  });

  it.each([
    ['for a moment, ended by SIGTERM', 'SIGTERM', AWAY_MS],
    ['for a moment, ended by SIGKILL', 'SIGKILL', AWAY_MS],
    ['for long', 'SIGKILL', LONG_AWAY_MS],
  ] as const)(
    'is interrupted, and deleted when its daemon answers again that was away %s',
    async (_how, signal, awayMs) => {
      await using desk = await openDockerDesk(workshop);
      await begin(desk);
      await workshop.restart(signal, awayMs);
      expect(await untilNot(desk, 'running', WITHIN_MS)).toBe('interrupted');
      expect((await desk.ask('runs', 'nap')).runs[0].reason.code).toBe('INTERRUPTED');
      await clear(desk);
    },
  );

  it('is not mixed up with the run of another user that has its id', async () => {
    await using desk = await openDockerDesk(workshop);
    await using other = await openDockerDesk(workshop);
    for (const one of [desk, other])
      expect((await one.hibana('deploy', job, '--name', 'nap', '--', '0', '0')).status).toBe(0);
    const start = ['start', 'nap', '--run-id', 'night'];
    const first = desk.start(...start, '--', '0', '20');
    await first.saw('hello');
    expect(await other.ask(...start, '--', '0', '0')).toMatchObject({
      ...{ end: { status: 6 }, run: { status: 'not-started' } },
    });
    expect((await other.hibana('delete', 'nap')).status).toBe(0);
    expect((await first.ended).status).toBe(0);
    expect((await desk.hibana('start', 'nap', '--', '0', '0')).status).toBe(0);
    await clear(desk);
  });
});
