import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ClusterProvider, ClusterSpec, ClusterWatcher, MemberChange } from '../../runtime/core/cluster.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { readMasterPage } from '../../runtime/platform/master-page.ts';
import { testCtx } from '../helpers/ctx.ts';

/** What a suite needs of the provider under test. */
export interface ProviderUnderTest extends AsyncDisposable {
  readonly provider: ClusterProvider & ClusterWatcher;
  /** A valid spec with this name. */
  readonly spec: (name: string) => ClusterSpec;
  /** Kills worker `index` as the world would: from outside. */
  readonly killWorker: (name: string, index: number) => Promise<void>;
  /** What is left of all its clusters: processes, folders, containers, in words. */
  readonly left: () => Promise<readonly string[]>;
}

const SOON_MS = 30_000;
const POLL_MS = 50;

/** What every ClusterProvider promises, fake or real. One cluster serves several tests where the promises allow it: a real one takes seconds. */
export function clusterProviderContract(name: string, start: () => Promise<ProviderUnderTest>): void {
  describe(`ClusterProvider: ${name}`, () => {
    it('creates, finds, lists, scales, tells of a lost worker and deletes', async () => {
      await using tested = await start();
      const { provider } = tested;
      const ctx = testCtx();
      const addresses: (string | null)[] = [];
      const cluster = await provider.create(tested.spec('first'), ctx, ({ master }) => addresses.push(master));
      expect(addresses.at(-1)).toBe(cluster.master);
      const changes = collect(provider, 'first', ctx);

      expect((await readMasterPage(cluster.webUi ?? '', ctx.signal))?.status).toBe('ALIVE');
      await until(async () => (await alive(cluster.webUi, ctx)) === 2);
      expect(await provider.find('first', ctx)).toEqual(cluster);
      const listed = await Array.fromAsync(provider.list(ctx));
      expect(listed).toMatchObject([{ name: 'first', state: 'ready', master: cluster.master, workers: 2 }]);

      await provider.scale('first', 1, ctx);
      await until(async () => (await alive(cluster.webUi, ctx)) === 1);
      await provider.scale('first', 2, ctx);
      await until(async () => (await alive(cluster.webUi, ctx)) === 2);
      expect(changes.filter(({ state }) => state === 'lost')).toEqual([]);

      await tested.killWorker('first', 1);
      await until(async () => changes.some(({ state }) => state === 'lost'));
      expect(changes.find(({ state }) => state === 'lost')?.member).toEqual({ role: 'worker', index: 1 });
      await provider.scale('first', 2, ctx);
      await until(async () => (await alive(cluster.webUi, ctx)) === 2);

      await provider.delete('first', ctx);
      expect(await provider.find('first', ctx)).toBeUndefined();
      expect(await Array.fromAsync(provider.list(ctx))).toEqual([]);
      expect(await tested.left()).toEqual([]);
      await provider.delete('first', ctx);
    });

    it('refuses a second cluster of the same name, and leaves the first alone', async () => {
      await using tested = await start();
      const ctx = testCtx();
      const cluster = await tested.provider.create(tested.spec('twice'), ctx);
      await expect(tested.provider.create(tested.spec('twice'), ctx)).rejects.toMatchObject({ code: 'CLUSTER_EXISTS' });
      expect((await readMasterPage(cluster.webUi ?? '', ctx.signal))?.status).toBe('ALIVE');
      await tested.provider.delete('twice', ctx);
      expect(await tested.left()).toEqual([]);
    });

    it('rejects with the reason when it is aborted while creating; what was made can be deleted', async () => {
      await using tested = await start();
      const ctx = testCtx();
      const reason = new Error('no longer wanted');
      const creating = tested.provider.create(tested.spec('half'), ctx);
      ctx.abort(reason);
      await expect(creating).rejects.toBe(reason);
      await tested.provider.delete('half', testCtx());
      expect(await tested.left()).toEqual([]);
    });

    it('resolves when what is to be deleted was never there, and throws CLUSTER_NOT_FOUND when it is to be scaled', async () => {
      await using tested = await start();
      await tested.provider.delete('nobody', testCtx());
      await expect(tested.provider.scale('nobody', 2, testCtx())).rejects.toMatchObject({ code: 'CLUSTER_NOT_FOUND' });
    });
  });
}

function collect(provider: ClusterWatcher, name: string, ctx: Ctx): readonly MemberChange[] {
  const changes: MemberChange[] = [];
  void (async () => {
    for await (const change of provider.watch(name, ctx)) changes.push(change);
  })();
  return changes;
}

async function alive(webUi: string | null, ctx: Ctx): Promise<number | undefined> {
  return (await readMasterPage(webUi ?? '', ctx.signal))?.aliveWorkers;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + SOON_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come about in time');
    await pause(POLL_MS);
  }
}
