import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deployedRuns } from '../../../../cli/deploy/deployed-runs.ts';
import { createFileStore } from '../../../../cli/deploy/file-store.ts';
import { forgetOldRuns } from '../../../../cli/run/forget-old-runs.ts';
import { runFor } from '../../../helpers/deployment-records.ts';

it('forgetOldRuns() leaves the newest, those that have not ended, and those of deployments', async () => {
  const state = await mkdtemp(join(tmpdir(), 'hibana-runs-'));
  for (const [index, run] of ['etl-night', 'a', 'b', 'c', 'going'].entries()) {
    await mkdir(join(state, 'runs', run), { recursive: true });
    if (run === 'going') continue;
    const outcome = join(state, 'runs', run, 'outcome.json');
    await writeFile(outcome, '{}');
    await utimes(outcome, 1_000 + index, 1_000 + index);
  }
  await createFileStore(state).put(runFor({ run: 'etl-night' }), 'new');
  const deployed = await deployedRuns(state);
  await forgetOldRuns(state, 2, (run) => deployed.has(run));
  expect((await readdir(join(state, 'runs'))).toSorted()).toEqual(['b', 'c', 'etl-night', 'going']);
  await rm(state, { recursive: true });
});
