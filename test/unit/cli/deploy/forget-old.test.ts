import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deploymentFolder } from '../../../../cli/deploy/file-store.ts';
import { forgetOldArtifacts, forgetOldLogs } from '../../../../cli/deploy/forget-old.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { revisionFor, runFor } from '../../../helpers/deployment-records.ts';
import { fakeDeployments } from '../../../helpers/fake-deployments.ts';

describe('forgetOldLogs()', () => {
  it('leaves the newest 50 that have ended, and all that go on', async () => {
    await using fake = await fakeDeployments();
    for (let minute = 10; minute < 65; minute += 1) {
      const startedAt = `2026-11-22T${minute < 60 ? '03' : '04'}:${String(minute % 60).padStart(2, '0')}:00.000Z`;
      const run = runFor({ run: `etl-${minute}`, startedAt, status: minute === 10 ? 'running' : 'succeeded' });
      await fake.store.put(run, 'new');
      if (run.status === 'running') fake.deployer.states.set(run.run, { kind: 'running' });
      else fake.deployer.end(run, 'succeeded');
    }
    await forgetOldLogs('etl', fake, testCtx());
    const kept = [...fake.deployer.states.keys()];
    expect(kept).toHaveLength(51);
    expect(kept).toContain('etl-10');
    expect(kept).not.toContain('etl-14');
    expect(kept).toContain('etl-15');
  });
});

describe('forgetOldArtifacts()', () => {
  it('leaves those of the newest 20 revisions, and that of the one that counts', async () => {
    await using fake = await fakeDeployments();
    const [{ artifact }] = [revisionFor()];
    const trees = join(deploymentFolder(fake.stateFolder, 'etl'), 'trees');
    for (let revision = 1; revision <= 25; revision += 1) {
      if (artifact.kind !== 'tree') throw new Error('no tree');
      const status = revision <= 2 ? 'live' : 'failed';
      await fake.store.put(revisionFor({ revision, status, artifact: { ...artifact, key: `key-${revision}` } }), 'new');
      await mkdir(join(trees, `key-${revision}`), { recursive: true });
    }
    await forgetOldArtifacts('etl', fake, testCtx());
    const kept = await readdir(trees);
    expect(kept).toHaveLength(21);
    expect(kept).toContain('key-2');
    expect(kept).toContain('key-6');
    expect(kept).not.toContain('key-5');
  });
});
