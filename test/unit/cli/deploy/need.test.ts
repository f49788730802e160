import { describe, expect, it } from 'vitest';
import { needLive, needName } from '../../../../cli/deploy/need.ts';
import { dockerRevisionFor } from '../../../helpers/docker-revision.ts';
import { fakeDeployments } from '../../../helpers/fake-deployments.ts';

describe('needName()', () => {
  it('refuses another platform than the one on record', async () => {
    await using fake = await fakeDeployments();
    await fake.store.put(dockerRevisionFor({ status: 'failed' }), 'new');
    const needed = { name: 'etl', verb: 'show' };
    await needName(fake.store, needed);
    await needName(fake.store, { ...needed, platform: 'docker' });
    await expect(needName(fake.store, { ...needed, platform: 'local' })).rejects.toMatchObject({
      ...{ code: 'USAGE', message: 'Cannot show "etl" on local: it is deployed on docker' },
    });
    await expect(needLive(fake.store, { ...needed, platform: 'local' })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
