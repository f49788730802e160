import { describe, expect, it } from 'vitest';
import { changeDeployment, changeRuns, holdDeployment } from '../../../../cli/deploy/change-deployment.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { fakeDeployments } from '../../../helpers/fake-deployments.ts';

describe('changeDeployment()', () => {
  it('tells the second one at once who is at it', async () => {
    await using fake = await fakeDeployments();
    const change = { stateFolder: fake.stateFolder, name: 'etl', pid: process.pid, verb: 'deploy' };
    await changeDeployment(
      change,
      async () => {
        const second = changeDeployment({ ...change, verb: 'delete' }, async () => {}, testCtx());
        await expect(second).rejects.toMatchObject({
          code: 'DEPLOYMENT_BUSY',
          message: `Cannot delete "etl": another hibana is about to deploy it (process ${process.pid})`,
        });
      },
      testCtx(),
    );
    await changeDeployment(change, async () => {}, testCtx());
  });

  it('is in nobody’s way who starts a run of an application with a similar name', async () => {
    await using fake = await fakeDeployments();
    const change = { stateFolder: fake.stateFolder, pid: process.pid, verb: 'deploy' };
    const other = () => changeDeployment({ ...change, name: 'etl-runs' }, async () => 'done', testCtx());
    expect(await changeRuns({ ...change, name: 'etl' }, other, testCtx())).toBe('done');
  });

  it(
    'tells one of two that begin at the same moment',
    async () => {
      await using fake = await fakeDeployments();
      const change = { stateFolder: fake.stateFolder, name: 'etl', pid: process.pid, verb: 'deploy' };
      const told = Promise.withResolvers<unknown>();
      const both = [1, 2].map(() => changeDeployment(change, () => told.promise, testCtx()));
      for (const one of both) one.catch(told.resolve);
      expect(await told.promise).toMatchObject({ code: 'DEPLOYMENT_BUSY' });
      expect((await Promise.allSettled(both)).map(({ status }) => status).toSorted()).toEqual([
        'fulfilled',
        'rejected',
      ]);
    },
    AT_ONCE_MS,
  );
});

describe('holdDeployment()', () => {
  it('keeps others out until it is disposed, and is told who is in', async () => {
    await using fake = await fakeDeployments();
    const change = { stateFolder: fake.stateFolder, name: 'etl', pid: process.pid, verb: 'deploy' };
    {
      await using _held = await holdDeployment(change, testCtx());
      await expect(holdDeployment(change, testCtx())).rejects.toMatchObject({ code: 'DEPLOYMENT_BUSY' });
    }
    expect(await changeDeployment(change, async () => 'done', testCtx())).toBe('done');
  });
});

/** Less than it waits for the lock of a process that was killed. */
const AT_ONCE_MS = 5_000;
