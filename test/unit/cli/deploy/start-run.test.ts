import { describe, expect, it } from 'vitest';
import { changeRuns } from '../../../../cli/deploy/change-deployment.ts';
import { readState } from '../../../../cli/deploy/read-state.ts';
import { endedRun, settleRun } from '../../../../cli/deploy/settle-run.ts';
import { runIdFrom, startRun } from '../../../../cli/deploy/start-run.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { revisionFor, runFor } from '../../../helpers/deployment-records.ts';
import { fakeDeployments } from '../../../helpers/fake-deployments.ts';

const revision = revisionFor();
const wanted = { revision, trigger: 'start', args: ['--date', '1'], id: 'x1' } as const;

describe('startRun()', () => {
  it('starts once what is asked for twice by one id, also when it has ended', async () => {
    await using fake = await fakeDeployments();
    const first = await startRun(wanted, fake, testCtx());
    expect(first).toMatchObject({
      isAttached: false,
      run: { run: 'etl-x1', args: ['--date', '1'], status: 'running' },
    });
    expect(await startRun(wanted, fake, testCtx())).toMatchObject({ isAttached: true, run: { status: 'running' } });
    fake.deployer.end(first.run, 'failed');
    expect(await startRun(wanted, fake, testCtx())).toMatchObject({
      isAttached: true,
      run: { status: 'failed', jobStatus: 3 },
    });
    expect(fake.deployer.done).toEqual(['start 1']);
  });

  it('starts once what many ask for at once', async () => {
    await using fake = await fakeDeployments();
    const all = await Promise.all([1, 2, 3].map(() => startRun(wanted, fake, testCtx())));
    expect(all.filter(({ isAttached }) => !isAttached)).toHaveLength(1);
    expect(fake.deployer.done).toEqual(['start 1']);
  });

  it('refuses other arguments under an id', async () => {
    await using fake = await fakeDeployments();
    await startRun(wanted, fake, testCtx());
    const other = startRun({ ...wanted, args: ['--date', '2'] }, fake, testCtx());
    await expect(other).rejects.toMatchObject({ code: 'RUN_EXISTS', details: { run: 'etl-x1' } });
  });

  it('takes the arguments of the revision where there are none', async () => {
    await using fake = await fakeDeployments();
    const { run } = await startRun({ ...wanted, args: null, id: null }, fake, testCtx());
    expect(run.args).toEqual(revision.launch.submit.args);
  });

  it.each([
    ['x1', 'etl-x1'],
    ['etl-x1', 'etl-x1'],
    ['2026-11-22', 'etl-2026-11-22'],
  ])('runIdFrom() of %s is %s', (id, run) => {
    expect(runIdFrom('etl', id)).toBe(run);
  });

  it.each(['', 'a b', '../x', 'X', 'a'.repeat(41), '-x', 'x-'])('runIdFrom() refuses "%s"', (id) => {
    expect(() => runIdFrom('etl', id)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
  });
});

describe('settleRun()', () => {
  it('puts the end of a run on record, with what its workers had reserved', async () => {
    await using fake = await fakeDeployments();
    await fake.store.put(revision, 'new');
    const run = runFor({ status: 'running', finishedAt: null });
    await fake.store.put(run, 'new');
    fake.deployer.end(run, 'failed');
    const ended = await settleRun(run, fake, testCtx());
    // 10 s, 2 workers with a core and 1 GiB each.
    expect(ended).toMatchObject({
      status: 'failed',
      jobStatus: 3,
      reason: { code: 'JOB_FAILED' },
      coreSeconds: 20,
      gibSeconds: 20,
    });
    expect(await Array.fromAsync(fake.store.runs('etl'))).toEqual([ended]);
  });

  it('says of a run that left no trace that it was lost, unless somebody else is starting it', async () => {
    await using fake = await fakeDeployments();
    const run = runFor({ status: 'running', finishedAt: null });
    await fake.store.put(run, 'new');
    const change = { stateFolder: fake.stateFolder, name: 'etl', pid: process.pid, verb: 'start' };
    const look = (pid: number) => settleRun(run, { ...fake, pid }, testCtx());
    expect(await changeRuns(change, () => look(1), testCtx())).toMatchObject({ status: 'running' });
    const lost = { status: 'lost', reason: { code: 'LAUNCHER_LOST', hint: expect.stringContaining('--run-id') } };
    expect(await changeRuns(change, () => look(process.pid), testCtx())).toMatchObject(lost);
    expect(await look(1)).toMatchObject(lost);
  });

  it('counts nothing where the executors are somebody else’s', () => {
    const attached = revisionFor({
      launch: { ...revision.launch, cluster: { ...revision.launch.cluster, target: { kind: 'attach', name: 'team' } } },
    });
    const outcome = {
      ...runFor(),
      schema: 'hibana.outcome/v1',
      kind: 'succeeded',
      exitCode: 0,
      finishedAt: '2026-11-22T03:00:10.000Z',
      cluster: null,
      leftovers: [] as string[],
    } as const;
    expect(endedRun(runFor({ status: 'running' }), outcome, attached)).toMatchObject({
      coreSeconds: null,
      gibSeconds: null,
    });
  });
});

describe('readState()', () => {
  const service = revisionFor({ kind: 'service' });
  it.each([
    { what: 'a job that never ran', revisions: [revision], runs: [], state: 'idle', problem: null },
    {
      what: 'a job by its last run',
      revisions: [revision],
      runs: [runFor({ status: 'failed' })],
      state: 'failed',
      problem: null,
    },
    {
      what: 'a service that was cancelled',
      revisions: [service],
      runs: [runFor({ status: 'interrupted' })],
      state: 'stopped',
      problem: null,
    },
    {
      what: 'a service that ended by itself',
      revisions: [service],
      runs: [runFor({ status: 'failed' })],
      state: 'failed',
      problem: null,
    },
    {
      what: 'one whose newest revision was cut off',
      revisions: [revision, revisionFor({ revision: 2, status: 'rolling-out' })],
      runs: [runFor()],
      state: 'succeeded',
      problem: 'revision 2 does not count: its roll-out was cut off',
    },
    {
      what: 'a service of which only a revision runs whose roll-out was cut off',
      revisions: [service, revisionFor({ kind: 'service', revision: 2, status: 'rolling-out' })],
      runs: [runFor({ revision: 2, status: 'running' })],
      state: 'stopped',
      problem: 'revision 2 does not count: its roll-out was cut off',
    },
    {
      what: 'one that never came to count',
      revisions: [revisionFor({ status: 'failed' })],
      runs: [],
      state: 'failed',
      problem: expect.stringContaining('revision 1'),
    },
  ])('says of $what: $state', async ({ revisions, runs, state, problem }) => {
    await using fake = await fakeDeployments();
    for (const record of [...revisions, ...runs]) await fake.store.put(record, 'new');
    for (const { run, status } of runs) if (status === 'running') fake.deployer.states.set(run, { kind: 'running' });
    expect(await readState('etl', fake, { asksHealth: false }, testCtx())).toMatchObject({ state, problem });
  });
});
