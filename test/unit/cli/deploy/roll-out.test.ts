import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { changeDeployment } from '../../../../cli/deploy/change-deployment.ts';
import type { Draft } from '../../../../cli/deploy/draft-revision.ts';
import type { Revision } from '../../../../cli/deploy/records.ts';
import { needTarget } from '../../../../cli/deploy/roll-back.ts';
import { type RolledOut, rollOut } from '../../../../cli/deploy/roll-out.ts';
import { runningRuns } from '../../../../cli/deploy/settle-run.ts';
import { findRevision, findRun } from '../../../../cli/deploy/store.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { revisionFor, runFor } from '../../../helpers/deployment-records.ts';
import { type FakeDeployments, fakeDeployments } from '../../../helpers/fake-deployments.ts';

/** The same but for what `tag` says. */
function draftOf(tag: string, over: Partial<Revision> = {}): Draft {
  const { revision: _, createdAt: _c, status: _s, reason: _r, trigger: _t, ...draft } = revisionFor(over);
  return { ...draft, launch: { ...draft.launch, submit: { ...draft.launch.submit, args: [tag] } } };
}

const DEPLOY = { kind: 'deploy', revision: null } as const;

function deploy(fake: FakeDeployments, tag: string, over: Partial<Revision> = {}): Promise<RolledOut> {
  return rollOut(draftOf(tag, over), DEPLOY, fake, testCtx());
}

async function statuses(fake: FakeDeployments): Promise<readonly string[]> {
  const revisions = await Array.fromAsync(fake.store.revisions('etl'));
  return revisions.map(({ revision, status }) => `${revision} ${status}`);
}

describe('rollOut() of a job', () => {
  it('makes a revision and runs it; the same twice is one, and runs once', async () => {
    await using fake = await fakeDeployments();
    const first = await deploy(fake, 'a');
    expect(first).toMatchObject({ changed: true, revision: { revision: 1, status: 'live' }, run: { args: ['a'] } });
    fake.deployer.end({ application: 'etl', run: first.run?.run ?? '' }, 'succeeded');
    expect(await deploy(fake, 'a')).toMatchObject({ changed: false, revision: { revision: 1 }, run: null });
    expect(fake.deployer.done).toEqual(['start 1']);
    expect(await statuses(fake)).toEqual(['1 live']);
  });

  it('replaces what runs where it is told to, and leaves it where it runs in parallel', async () => {
    await using fake = await fakeDeployments();
    const first = (await deploy(fake, 'a')).run?.run;
    await deploy(fake, 'b', { onRedeploy: 'parallel' });
    expect(await runningRuns('etl', fake, testCtx())).toHaveLength(2);
    await deploy(fake, 'c', { onRedeploy: 'replace' });
    expect(fake.deployer.done).toContain(`stop ${first}`);
    expect((await runningRuns('etl', fake, testCtx())).map(({ revision }) => revision)).toEqual([3]);
  });

  it('waits for the run that goes on, and starts when it has ended', async () => {
    await using fake = await fakeDeployments();
    const { run } = await deploy(fake, 'a');
    const ctx = testCtx();
    const waiting = rollOut(draftOf('b'), DEPLOY, fake, ctx);
    while (!ctx.events.some(({ type }) => type === 'step-progress')) await new Promise(setImmediate);
    expect(fake.deployer.done).toEqual(['start 1']);
    fake.deployer.end({ application: 'etl', run: run?.run ?? '' }, 'failed');
    expect(await waiting).toMatchObject({ changed: true, revision: { revision: 2 } });
    expect(fake.deployer.done).toEqual(['start 1', 'start 2']);
  });

  it.each(['wait', 'replace'] as const)('does not %s for a run that was never started', async (onRedeploy) => {
    await using fake = await fakeDeployments();
    await deploy(fake, 'a');
    const cutOff = runFor({ run: 'etl-cut-off', status: 'running' });
    await fake.store.put(cutOff, 'new');
    for (const run of fake.deployer.states.keys()) fake.deployer.end({ application: 'etl', run }, 'succeeded');
    const change = { stateFolder: fake.stateFolder, name: 'etl', pid: process.pid, verb: 'deploy' };
    const rolledOut = await changeDeployment(change, () => deploy(fake, 'b', { onRedeploy }), testCtx());
    expect(rolledOut).toMatchObject({ changed: true, revision: { revision: 2 } });
    expect(await findRun(fake.store, 'etl', cutOff.run)).toMatchObject({ status: 'lost' });
  });

  it('refuses a service under the name of a job, and what is not whole', async () => {
    await using fake = await fakeDeployments();
    await deploy(fake, 'a');
    await expect(deploy(fake, 'b', { kind: 'service' })).rejects.toMatchObject({ code: 'USAGE' });
    fake.deployer.gone.set(2, ['"/opt/spark" is gone']);
    await expect(deploy(fake, 'c')).rejects.toMatchObject({
      code: 'REVISION_INCOMPLETE',
      message: 'Cannot deploy "etl": "/opt/spark" is gone',
    });
    const back = rollOut(draftOf('c'), { kind: 'rollback', revision: 1 }, fake, testCtx());
    await expect(back).rejects.toThrow('Cannot roll "etl" back to 1: "/opt/spark" is gone');
    expect(await statuses(fake)).toEqual(['1 live']);
    expect(fake.deployer.done).toEqual(['start 1']);
  });

  it('rolls back to a new revision of what the old one was, and runs nothing', async () => {
    await using fake = await fakeDeployments();
    await deploy(fake, 'a');
    await deploy(fake, 'b', { onRedeploy: 'parallel' });
    const { draft, revision } = await needTarget(fake.store, 'etl', undefined);
    const rolledOut = await rollOut(draft, { kind: 'rollback', revision }, fake, testCtx());
    expect(rolledOut).toMatchObject({
      changed: true,
      revision: { revision: 3, trigger: { kind: 'rollback', revision: 1 }, launch: { submit: { args: ['a'] } } },
      run: null,
    });
    expect(fake.deployer.done).toEqual(['start 1', 'start 2']);
  });

  it.each([
    { number: '9', code: 'REVISION_NOT_FOUND' },
    { number: '0', code: 'USAGE' },
    { number: 'one', code: 'USAGE' },
    { number: undefined, code: 'REVISION_NOT_FOUND' },
  ])('needTarget() of $number is $code', async ({ number, code }) => {
    await using fake = await fakeDeployments();
    await deploy(fake, 'a');
    await expect(needTarget(fake.store, 'etl', number)).rejects.toMatchObject({ code });
  });
});

describe('rollOut() of a service', () => {
  /** Without a port a service is well as soon as it runs. */
  const service = { kind: 'service' } as const;

  it('stops the old one before it starts the new one', async () => {
    await using fake = await fakeDeployments();
    const first = (await deploy(fake, 'a', service)).run?.run;
    expect(await deploy(fake, 'b', service)).toMatchObject({
      changed: true,
      revision: { revision: 2, status: 'live' },
    });
    expect(fake.deployer.done).toEqual(['start 1', `stop ${first}`, 'start 2']);
  });

  it('puts the old one back when the new one ends before it is well, and the old one counts', async () => {
    await using fake = await fakeDeployments();
    await deploy(fake, 'a', service);
    fake.deployer.broken.add(2);
    await expect(deploy(fake, 'b', service)).rejects.toMatchObject({ code: 'SERVICE_UNHEALTHY' });
    expect(fake.deployer.done.filter((what) => what.startsWith('start'))).toEqual(['start 1', 'start 2', 'start 1']);
    expect(await statuses(fake)).toEqual(['2 failed', '1 live']);
    expect((await runningRuns('etl', fake, testCtx())).map(({ revision, trigger }) => [revision, trigger])).toEqual([
      [1, 'restore'],
    ]);
  });

  it('puts the old one back when it is interrupted', async () => {
    await using fake = await fakeDeployments();
    await deploy(fake, 'a', service);
    const ctx = testCtx();
    const health = { path: '/healthz', port: await closedPort(), timeoutMs: 60_000 };
    const rolling = rollOut(draftOf('b', { ...service, health }), DEPLOY, fake, ctx);
    while (!fake.deployer.done.includes('start 2')) await new Promise(setImmediate);
    ctx.abort(new Error('Ctrl-C'));
    await expect(rolling).rejects.toThrow('Ctrl-C');
    expect(await statuses(fake)).toEqual(['2 failed', '1 live']);
    expect((await runningRuns('etl', fake, testCtx())).map(({ revision }) => revision)).toEqual([1]);
  });

  it.each([
    { status: 200, isWell: true },
    { status: 302, isWell: true },
    { status: 503, isWell: false },
  ])('takes an answer of $status for well: $isWell', async ({ status, isWell }) => {
    await using fake = await fakeDeployments();
    const server = createServer((_request, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on a port
    const health = { path: '/healthz', port, timeoutMs: 300 };
    const rolling = deploy(fake, 'a', { ...service, health });
    if (isWell) expect(await rolling).toMatchObject({ changed: true });
    else
      await expect(rolling).rejects.toMatchObject({
        code: 'SERVICE_UNHEALTHY',
        message: expect.stringContaining('503'),
      });
    server.close();
  });

  it('starts one again that has ended, without a new revision', async () => {
    await using fake = await fakeDeployments();
    const { run } = await deploy(fake, 'a', service);
    fake.deployer.end({ application: 'etl', run: run?.run ?? '' }, 'failed');
    expect(await deploy(fake, 'a', service)).toMatchObject({ changed: false, run: { revision: 1 } });
    expect(fake.deployer.done).toEqual(['start 1', 'start 1']);
    expect(await statuses(fake)).toEqual(['1 live']);
  });

  it('ends a run of a revision whose roll-out was cut off, and starts the one that counts', async () => {
    await using fake = await fakeDeployments();
    await deploy(fake, 'a', service);
    const { run } = await deploy(fake, 'b', service);
    const second = (await findRevision(fake.store, 'etl', () => true)) ?? revisionFor();
    await fake.store.put({ ...second, status: 'rolling-out' }, 'replace');
    expect(await deploy(fake, 'a', service)).toMatchObject({ changed: false, run: { revision: 1 } });
    expect(fake.deployer.done.slice(-2)).toEqual([`stop ${run?.run}`, 'start 1']);
  });

  it('says that the port is taken before anything is stopped', async () => {
    await using fake = await fakeDeployments();
    await deploy(fake, 'a', service);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on a port
    const draft = draftOf('b', service);
    const taken = { ...draft, launch: { ...draft.launch, app: { ...draft.launch.app, port } } };
    await expect(rollOut(taken, DEPLOY, fake, testCtx())).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    expect(fake.deployer.done).toEqual(['start 1']);
    server.close();
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  server.close();
  await once(server, 'close');
  return port;
}
