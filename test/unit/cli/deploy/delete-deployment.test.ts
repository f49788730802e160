import { describe, expect, it } from 'vitest';
import { deleteDeployment } from '../../../../cli/deploy/delete-deployment.ts';
import type { Revision } from '../../../../cli/deploy/records.ts';
import { stopRun } from '../../../../cli/deploy/settle-run.ts';
import { startRun } from '../../../../cli/deploy/start-run.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { revisionFor } from '../../../helpers/deployment-records.ts';
import { fakeDeployments } from '../../../helpers/fake-deployments.ts';

const revision = revisionFor();
/** As a later version would write it. */
const newer = { ...revision, revision: 2, schema: 'hibana.revision/v2' } as unknown as Revision;
const wanted = { revision, trigger: 'start', args: null, id: 'x' } as const;

describe('deleteDeployment()', () => {
  it('ends what runs, and leaves nothing', async () => {
    await using fake = await fakeDeployments();
    await fake.store.put(revision, 'new');
    await startRun(wanted, fake, testCtx());
    expect(await deleteDeployment('etl', fake, testCtx())).toEqual(['etl-x']);
    expect(await fake.store.names()).toEqual([]);
    expect([...fake.deployer.states]).toEqual([]);
  });

  it('refuses the records of a newer hibana before it ends anything', async () => {
    await using fake = await fakeDeployments();
    for (const record of [revision, newer]) await fake.store.put(record, 'new');
    await startRun(wanted, fake, testCtx());
    await expect(deleteDeployment('etl', fake, testCtx())).rejects.toMatchObject({ code: 'RECORD_UNREADABLE' });
    expect(fake.deployer.done).toEqual(['start 1']);
  });
});

describe('stopRun()', () => {
  it('puts the end of a run on record where its revision cannot be read', async () => {
    await using fake = await fakeDeployments();
    await fake.store.put(newer, 'new');
    const { run } = await startRun(wanted, fake, testCtx());
    expect(await stopRun(run, fake, testCtx())).toMatchObject({ status: 'interrupted', coreSeconds: null });
  });
});
