import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { offerCluster } from './kubernetes-offer.ts';
import { fillCache } from './layout.ts';

const waitMinutes = 60;

/** One machine-wide lock for the suites that start Spark or time something: two of them at once disturb each other. */
export default async function setup(): Promise<() => Promise<void>> {
  if (process.env.HIBANA_TEST_HEAVY_LOCK === 'held') return async () => {};
  const release = await lock(join(tmpdir(), 'hibana-heavy-tests'), {
    realpath: false,
    stale: 20_000,
    retries: { retries: waitMinutes * 60, minTimeout: 1_000, maxTimeout: 1_000 },
  });
  process.env.HIBANA_TEST_HEAVY_LOCK = 'held';
  await fillCache();
  const stopCluster = await offerCluster();
  return async () => {
    await stopCluster();
    delete process.env.HIBANA_TEST_HEAVY_LOCK;
    await release();
  };
}
