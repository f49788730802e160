import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { launch, type RunDriver } from '../../../../runtime/launcher/launch.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { FakeProvider } from '../../../helpers/fake-provider.ts';
import { clusterSpec, launchRequestFor } from '../../../helpers/requests.ts';

const ends =
  (status: number, afterMs = 0): RunDriver =>
  async (_request, _cluster, ctx) => {
    await pause(afterMs, undefined, { signal: ctx.signal }).catch(() => {});
    ctx.signal.throwIfAborted();
    return { status };
  };

const lost = { role: 'worker', index: 1 } as const;

describe('launch()', () => {
  it.each([0, 1, 3, 137])('gives the status %i of the driver, unchanged, and deletes the cluster', async (status) => {
    const provider = new FakeProvider();
    const end = await launch(launchRequestFor(), { provider, runDriver: ends(status, 50) }, testCtx());
    expect(end).toEqual({ status });
    expect(provider.clusters.size).toBe(0);
  });

  it('deletes a half-made cluster when create() fails', async () => {
    const provider = new FakeProvider();
    provider.whileCreating = async () => {
      throw new ToolError('CLUSTER_FAILED', 'Cannot start the master: it ended with status 1');
    };
    const launched = launch(launchRequestFor(), { provider, runDriver: ends(0) }, testCtx());
    await expect(launched).rejects.toMatchObject({ code: 'CLUSTER_FAILED' });
    expect(provider.clusters.size).toBe(0);
  });

  it('leaves a cluster alone that another run has under the same name', async () => {
    const provider = new FakeProvider();
    const request = launchRequestFor();
    await provider.create(clusterSpec(), testCtx());
    const launched = launch(request, { provider, runDriver: ends(0) }, testCtx());
    await expect(launched).rejects.toMatchObject({ code: 'CLUSTER_EXISTS' });
    expect(provider.clusters.size).toBe(1);
    await provider.delete('etl-1');
  });

  it('deletes a half-made cluster when it is aborted while creating, and rejects with the reason', async () => {
    const provider = new FakeProvider();
    const ctx = testCtx();
    const reason = new Error('stop');
    provider.whileCreating = async () => ctx.abort(reason);
    await expect(launch(launchRequestFor(), { provider, runDriver: ends(0) }, ctx)).rejects.toBe(reason);
    expect(provider.clusters.size).toBe(0);
  });

  it('stops the driver and deletes the cluster when it is aborted while the job runs', async () => {
    const provider = new FakeProvider();
    const ctx = testCtx();
    const reason = new Error('stop');
    setTimeout(() => ctx.abort(reason), 100);
    await expect(launch(launchRequestFor(), { provider, runDriver: ends(0, 60_000) }, ctx)).rejects.toBe(reason);
    expect(provider.clusters.size).toBe(0);
  });

  it('ends with CLUSTER_TIMEOUT and stops the driver when no worker registers in time', async () => {
    const provider = new FakeProvider();
    provider.registers = () => false;
    const request = launchRequestFor({ timeouts: { clusterMs: 300 } });
    const launched = launch(request, { provider, runDriver: ends(0, 60_000) }, testCtx());
    await expect(launched).rejects.toMatchObject({
      code: 'CLUSTER_TIMEOUT',
      details: { lastSeen: '0 of 2 workers have registered' },
    });
    expect(provider.clusters.size).toBe(0);
  });

  it('lets a job run on the workers that came', async () => {
    const provider = new FakeProvider();
    provider.registers = (index) => index === 1;
    const request = launchRequestFor({ timeouts: { clusterMs: 200 } });
    await expect(launch(request, { provider, runDriver: ends(0, 600) }, testCtx())).resolves.toEqual({ status: 0 });
  });

  it('starts the driver beside the master, and lets the job begin when that answers', async () => {
    const provider = new FakeProvider();
    const seen: string[] = [];
    provider.whileCreating = async () => {
      await pause(50);
      seen.push('answers');
    };
    const runDriver: RunDriver = async (_request, _cluster, _ctx, hooks) => {
      seen.push('started');
      await hooks?.begin;
      seen.push('begun');
      return { status: 0 };
    };
    await launch(launchRequestFor(), { provider, runDriver }, testCtx());
    expect(seen).toEqual(['started', 'answers', 'begun']);
  });

  it('starts the driver again where the master had to move, when the first has ended', async () => {
    const provider = new FakeProvider();
    provider.addresses = ['spark://127.0.0.1:7', 'spark://127.0.0.1:1'];
    const running = new Set<string>();
    const runDriver: RunDriver = async (_request, { master }, ctx, hooks) => {
      expect([...running]).toEqual([]);
      running.add(master);
      const ended = pause(master.endsWith(':7') ? 60_000 : 0, undefined, { signal: ctx.signal });
      await ended.catch(() => running.delete(master));
      ctx.signal.throwIfAborted();
      await hooks?.begin;
      return { status: 3 };
    };
    await expect(launch(launchRequestFor(), { provider, runDriver }, testCtx())).resolves.toEqual({ status: 3 });
    expect([...running]).toEqual(['spark://127.0.0.1:1']);
  });

  it('has no driver any more when the master never answered', async () => {
    const provider = new FakeProvider();
    provider.whileCreating = async () => {
      await pause(20);
      throw new ToolError('CLUSTER_FAILED', 'Cannot start the master: it ended with status 1');
    };
    let isRunning = false;
    const runDriver: RunDriver = async (_request, _cluster, ctx) => {
      isRunning = true;
      await pause(60_000, undefined, { signal: ctx.signal }).catch(() => {});
      await pause(50);
      isRunning = false;
      throw ctx.signal.reason;
    };
    const launched = launch(launchRequestFor(), { provider, runDriver }, testCtx());
    await expect(launched).rejects.toMatchObject({ code: 'CLUSTER_FAILED' });
    expect(isRunning).toBe(false);
  });

  it('replaces a lost worker and does not end the job', async () => {
    const provider = new FakeProvider();
    setTimeout(() => provider.lose('etl-1', lost, 'killed by SIGKILL'), 100);
    let workers: readonly number[] = [];
    const runDriver: RunDriver = async (_request, cluster) => {
      await pause(400);
      workers = [...(provider.clusters.get(cluster.name)?.workers ?? [])];
      return { status: 0 };
    };
    await launch(launchRequestFor(), { provider, runDriver }, testCtx());
    expect(workers).toEqual([2, 3]);
  });

  it('ends with WORKERS_LOST when replacing does not help', async () => {
    const provider = new FakeProvider();
    const request = launchRequestFor({ spec: { workers: 1 } });
    const timer = setInterval(() => {
      const fake = provider.clusters.get('etl-1');
      for (const index of fake?.workers ?? []) provider.lose('etl-1', { role: 'worker', index }, 'ended with status 1');
    }, 20);
    const launched = launch(request, { provider, runDriver: ends(0, 60_000) }, testCtx());
    await expect(launched).rejects.toMatchObject({ code: 'WORKERS_LOST', details: { replaced: 3 } });
    clearInterval(timer);
    expect(provider.clusters.size).toBe(0);
  });

  it.each([
    { applications: 0, ending: { code: 'MASTER_LOST' } },
    { applications: 1, ending: undefined },
  ])(
    'takes the loss of the master as it is: $applications applications had registered',
    async ({ applications, ending }) => {
      const provider = new FakeProvider();
      const runDriver: RunDriver = async (_request, cluster, ctx) => {
        const fake = provider.clusters.get(cluster.name);
        if (fake) fake.applications = applications;
        await pause(400);
        provider.lose(cluster.name, { role: 'master', index: 0 }, 'killed by SIGKILL');
        return ends(0, 300)(launchRequestFor(), cluster, ctx);
      };
      const launched = launch(launchRequestFor(), { provider, runDriver }, testCtx());
      if (ending) await expect(launched).rejects.toMatchObject(ending);
      else await expect(launched).resolves.toEqual({ status: 0 });
      expect(provider.clusters.size).toBe(0);
    },
  );

  it('does not end the job badly when the cluster cannot be deleted, and says what is left', async () => {
    const provider = new FakeProvider();
    provider.delete = async () => {
      throw new Error('no route');
    };
    const ctx = testCtx();
    await expect(launch(launchRequestFor(), { provider, runDriver: ends(0) }, ctx)).resolves.toEqual({ status: 0 });
    const notices = ctx.events.filter((event) => event.type === 'notice');
    expect(notices.at(-1)).toMatchObject({ message: 'Cannot delete the cluster "etl-1": no route' });
    provider.clusters.get('etl-1')?.page.close();
  });
});
