import { describe, expect, it } from 'vitest';
import type { DeploymentStore } from '../../cli/deploy/store.ts';
import { revisionFor, runFor } from '../helpers/deployment-records.ts';

export interface StoreUnderTest extends AsyncDisposable {
  readonly store: DeploymentStore;
  /** The same records, as another process sees them. */
  readonly again: () => DeploymentStore;
}

/** What every DeploymentStore promises, fake or real. */
export function deploymentStoreContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`DeploymentStore: ${name}`, () => {
    it('gives records as they were put, the newest first, to every process', async () => {
      await using tested = await start();
      const revisions = [1, 2, 10].map((revision) => revisionFor({ revision }));
      const runs = ['03', '01', '02'].map((hour) =>
        runFor({ run: `etl-${hour}`, startedAt: `2026-11-22T${hour}:00:00.000Z` }),
      );
      for (const record of [...revisions, ...runs]) expect(await tested.store.put(record, 'new')).toBe(true);
      const store = tested.again();
      expect(await Array.fromAsync(store.revisions('etl'))).toEqual(revisions.toReversed());
      expect((await Array.fromAsync(store.revisions('etl', 9))).map(({ revision }) => revision)).toEqual([2, 1]);
      expect((await Array.fromAsync(store.runs('etl'))).map(({ run }) => run)).toEqual(['etl-03', 'etl-02', 'etl-01']);
      expect((await Array.fromAsync(store.runs('etl')))[0]).toEqual(runs[0]);
    });

    it('has nothing of a name it does not know', async () => {
      await using tested = await start();
      expect(await tested.store.names()).toEqual([]);
      expect(await Array.fromAsync(tested.store.revisions('etl'))).toEqual([]);
      expect(await Array.fromAsync(tested.store.runs('etl'))).toEqual([]);
      await tested.store.delete('etl');
    });

    it('keeps the record that was first, and replaces it when it is told to', async () => {
      await using tested = await start();
      const { store } = tested;
      for (const record of [revisionFor(), runFor()]) {
        expect(await store.put(record, 'new')).toBe(true);
        expect(await store.put({ ...record, status: 'failed' }, 'new')).toBe(false);
      }
      expect((await Array.fromAsync(store.revisions('etl')))[0]?.status).toBe('live');
      await store.put(revisionFor({ status: 'failed' }), 'replace');
      await store.put(runFor({ status: 'lost' }), 'replace');
      expect((await Array.fromAsync(store.revisions('etl'))).map(({ status }) => status)).toEqual(['failed']);
      expect((await Array.fromAsync(store.runs('etl'))).map(({ status }) => status)).toEqual(['lost']);
    });

    it('replaces nothing that is not there, or is not there any more', async () => {
      await using tested = await start();
      const { store } = tested;
      for (const record of [revisionFor(), runFor()]) expect(await store.put(record, 'replace')).toBe(false);
      await store.put(revisionFor(), 'new');
      await store.put(runFor({ status: 'running' }), 'new');
      await store.delete('etl');
      expect(await store.put(runFor(), 'replace')).toBe(false);
      expect(await Array.fromAsync(store.runs('etl'))).toEqual([]);
    });

    it('finds the runs whose end is not on record', async () => {
      await using tested = await start();
      const { store } = tested;
      const runs = ['01', '02', '03'].map((hour) =>
        runFor({ run: `etl-${hour}`, startedAt: `2026-11-22T${hour}:00:00.000Z`, status: 'running' }),
      );
      for (const run of runs) await store.put(run, 'new');
      await store.put(runFor({ run: 'etl-04', startedAt: '2026-11-22T04:00:00.000Z' }), 'new');
      if (runs[1]) await store.put({ ...runs[1], status: 'failed' }, 'replace');
      const running = await Array.fromAsync(tested.again().runs('etl', 'running'));
      expect(running.map(({ run }) => run)).toEqual(['etl-03', 'etl-01']);
      expect(await Array.fromAsync(store.runs('etl'))).toHaveLength(4);
    });

    it('lets one of many have a number that all want', async () => {
      await using tested = await start();
      const wanted = Array.from({ length: 8 }, (_, index) =>
        revisionFor({ request: { options: {}, args: [String(index)], cwd: '/' } }),
      );
      const won = await Promise.all(wanted.map((record) => tested.again().put(record, 'new')));
      expect(won.filter((isFirst) => isFirst)).toHaveLength(1);
      const [kept] = await Array.fromAsync(tested.store.revisions('etl'));
      expect(kept?.request.args).toEqual([String(won.indexOf(true))]);
    });

    it('forgets one application and no other', async () => {
      await using tested = await start();
      const { store } = tested;
      for (const application of ['etl', 'etl-2']) await store.put(revisionFor({ application }), 'new');
      await store.put(runFor(), 'new');
      expect(await store.names()).toEqual(['etl', 'etl-2']);
      expect([await store.names('etl'), await store.names('no')]).toEqual([['etl'], []]);
      await store.delete('etl');
      expect(await store.names()).toEqual(['etl-2']);
      expect(await Array.fromAsync(store.runs('etl'))).toEqual([]);
    });
  });
}
