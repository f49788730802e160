import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../runtime/core/cluster.ts';
import { clusterFolder } from '../../runtime/platform/local/cluster-folder.ts';
import { createLocalProvider } from '../../runtime/platform/local/local-provider.ts';
import { readProcessRecords } from '../../runtime/platform/local/process-record.ts';
import { makeHome } from '../helpers/cli.ts';
import { testCtx } from '../helpers/ctx.ts';
import { realLayout } from '../helpers/layout.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { clusterSpec } from '../helpers/requests.ts';

const SOON_MS = 60_000;
const POLL_MS = 100;

/** What a provider promises of a shared cluster: any other one, in any other process, finds it as it is. */
describe('shared clusters of the local provider', () => {
  it('are found, scaled, restored and deleted by another provider than the one that made them', async () => {
    await using home = await makeHome();
    const { stateFolder } = home;
    const layout = await realLayout();
    const env = { PATH: process.env.PATH ?? '', HOME: home.path };
    const provider = () =>
      createLocalProvider({
        stateFolder,
        layout,
        spark: '4.2.1',
        python: '3.11.7',
        pid: process.pid,
        env,
        deadlineMs: SOON_MS,
      });
    const ctx = testCtx();
    const status = async (): Promise<ClusterStatus | undefined> => (await Array.fromAsync(provider().list(ctx)))[0];
    const member = async (role: string): Promise<number> => {
      const records = await readProcessRecords(join(clusterFolder(stateFolder, 'team').root, 'processes.ndjson'));
      return records.findLast((record) => record.role === role)?.pid ?? 0;
    };
    const spec = clusterSpec({ name: 'team', workers: 1, lease: null });
    try {
      const cluster = await provider().create(spec, ctx);
      expect(await provider().find('team', ctx)).toEqual(cluster);
      const labels = { shared: true, spark: '4.2.1', python: '3.11.7', run: null, problem: null };
      expect(await status()).toMatchObject({ name: 'team', state: 'ready', workers: 1, ...labels });
      expect((await stat(clusterFolder(stateFolder, 'team').secret)).mode & 0o777).toBe(0o600);
      await expect(provider().create(spec, ctx)).rejects.toMatchObject({ code: 'CLUSTER_EXISTS' });

      await provider().scale('team', 2, ctx);
      expect(await status()).toMatchObject({ state: 'ready', workers: 2 });
      await provider().scale('team', 1, ctx);
      expect(await status()).toMatchObject({ state: 'ready', workers: 1 });

      process.kill(await member('worker-1'), 'SIGKILL');
      await until(async () => (await status())?.problem === '0 of 1 workers are alive');
      process.kill(await member('master'), 'SIGKILL');
      await until(async () => (await status())?.state === 'orphaned');
      await provider().scale('team', 1, ctx);
      expect(await status()).toMatchObject({ state: 'ready', master: cluster.master });
    } finally {
      await provider().delete('team', testCtx());
    }
    expect(await provider().find('team', ctx)).toBeUndefined();
    expect(await leftovers(home)).toEqual([]);
    await provider().delete('team', ctx);
  });

  it('can be deleted when they are half-made, and are not found before they are whole', async () => {
    await using home = await makeHome();
    const layout = await realLayout();
    const env = { PATH: process.env.PATH ?? '', HOME: home.path };
    const options = {
      stateFolder: home.stateFolder,
      layout,
      spark: '4.2.1',
      python: null,
      pid: process.pid,
      env,
      deadlineMs: SOON_MS,
    };
    const provider = createLocalProvider(options);
    const ctx = testCtx();
    const reason = new Error('no longer wanted');
    const creating = provider.create(clusterSpec({ name: 'half', lease: null }), ctx);
    setTimeout(() => ctx.abort(reason), 500);
    await expect(creating).rejects.toBe(reason);
    expect(await provider.find('half', testCtx())).toBeUndefined();
    await provider.delete('half', testCtx());
    expect(await leftovers(home)).toEqual([]);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + SOON_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come about in time');
    await pause(POLL_MS);
  }
}
