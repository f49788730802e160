import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { GIBIBYTE } from '../../../../runtime/core/quantity.ts';
import { launch, type RunDriver } from '../../../../runtime/launcher/launch.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { FakeProvider } from '../../../helpers/fake-provider.ts';
import { clusterSpec, launchRequestFor } from '../../../helpers/requests.ts';

const share = { executors: 2, executor: { millicores: 1_000, memoryBytes: GIBIBYTE } };
const request = launchRequestFor({ cluster: { kind: 'attach', name: 'team', share } });
const provider = new FakeProvider();

afterEach(async () => {
  for (const name of [...provider.clusters.keys()]) await provider.delete(name);
});

const stays: RunDriver = async (_request, _cluster, ctx) => {
  await pause(60_000, undefined, { signal: ctx.signal }).catch(() => {});
  ctx.signal.throwIfAborted();
  return { status: 0 };
};

describe('launch() on a shared cluster', () => {
  it.each([0, 3])('gives the status %i of the driver and leaves the cluster as it is', async (status) => {
    await provider.create(clusterSpec({ name: 'team', lease: null }), testCtx());
    const runDriver: RunDriver = async () => ({ status });
    await expect(launch(request, { provider, runDriver }, testCtx())).resolves.toEqual({ status });
    expect([...provider.clusters.keys()]).toEqual(['team']);
  });

  it('leaves it as it is when the run is stopped', async () => {
    await provider.create(clusterSpec({ name: 'team', lease: null }), testCtx());
    const ctx = testCtx();
    const reason = new Error('stop');
    setTimeout(() => ctx.abort(reason), 100);
    await expect(launch(request, { provider, runDriver: stays }, ctx)).rejects.toBe(reason);
    expect([...provider.clusters.keys()]).toEqual(['team']);
  });

  it('refuses a name that no cluster has, and creates none', async () => {
    const launched = launch(request, { provider, runDriver: stays }, testCtx());
    await expect(launched).rejects.toMatchObject({ code: 'CLUSTER_NOT_FOUND' });
    expect(provider.clusters.size).toBe(0);
  });

  it('refuses a cluster of another Spark before the driver starts', async () => {
    await provider.create(clusterSpec({ name: 'team', lease: null }), testCtx());
    const other = launchRequestFor({ cluster: request.cluster, app: { spark: '4.1.4' } });
    const runDriver: RunDriver = async () => {
      throw new Error('the driver was started');
    };
    const launched = launch(other, { provider, runDriver }, testCtx());
    await expect(launched).rejects.toMatchObject({ code: 'SPARK_MISMATCH' });
  });

  it('stops the driver when the cluster is deleted under it', async () => {
    await provider.create(clusterSpec({ name: 'team', lease: null }), testCtx());
    setTimeout(() => void provider.delete('team'), 100);
    const launched = launch(request, { provider, runDriver: stays }, testCtx());
    await expect(launched).rejects.toMatchObject({ code: 'MASTER_LOST' });
  });

  it('lets the job go on where looks for the cluster fail that are fewer than three on end', async () => {
    const flickering = new FakeProvider();
    await flickering.create(clusterSpec({ name: 'team', lease: null }), testCtx());
    const find = flickering.find.bind(flickering);
    const [fails, last] = [[2, 3, 5], Promise.withResolvers<void>()];
    let looks = 0;
    flickering.find = async (name) => {
      looks += 1;
      if (looks === 6) last.resolve();
      return fails.includes(looks) ? undefined : find(name);
    };
    const runDriver: RunDriver = async (_request, _cluster, ctx) => {
      ctx.signal.addEventListener('abort', () => last.reject(ctx.signal.reason), { once: true });
      await last.promise;
      return { status: 0 };
    };
    try {
      await expect(launch(request, { provider: flickering, runDriver }, testCtx())).resolves.toEqual({ status: 0 });
    } finally {
      await flickering.delete('team');
    }
  });
});

describe('launch() without a cluster', () => {
  it('runs the driver as its own cluster, and creates none', async () => {
    const local = launchRequestFor({ cluster: { kind: 'local', master: 'local[2]' } });
    let master = '';
    const runDriver: RunDriver = async (_request, cluster) => {
      master = cluster.master;
      return { status: 5 };
    };
    await expect(launch(local, { provider, runDriver }, testCtx())).resolves.toEqual({ status: 5 });
    expect(master).toBe('local[2]');
    expect(provider.clusters.size).toBe(0);
  });
});
