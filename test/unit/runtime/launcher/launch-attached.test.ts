import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { errorCode } from '../../../../runtime/core/errors.ts';
import { formatProperties, type Properties } from '../../../../runtime/core/properties.ts';
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

describe('launch() on a shared cluster whose platform is in trouble', () => {
  it('lets the job go on, however often the platform does not answer', async () => {
    const silent = new FakeProvider();
    await silent.create(clusterSpec({ name: 'team', lease: null }), testCtx());
    const find = silent.find.bind(silent);
    const last = Promise.withResolvers<void>();
    let looks = 0;
    silent.find = async (name) => {
      looks += 1;
      if (looks === 5) last.resolve();
      if (looks > 1) throw new Error('the platform does not answer');
      return find(name);
    };
    const runDriver: RunDriver = async (_request, _cluster, ctx) => {
      ctx.signal.addEventListener('abort', () => last.reject(ctx.signal.reason), { once: true });
      await last.promise;
      return { status: 0 };
    };
    try {
      await expect(launch(request, { provider: silent, runDriver }, testCtx())).resolves.toEqual({ status: 0 });
    } finally {
      await silent.delete('team');
    }
  });
});

describe('launch() on a shared cluster, of an application with a spark-defaults.conf', () => {
  const small = { 'spark.executor.memory': '512m' };
  const large = { 'spark.executor.memory': '2g' };
  const cores = (each: string, all?: string): Properties => ({
    'spark.executor.cores': each,
    ...(all === undefined ? {} : { 'spark.cores.max': all }),
  });

  interface Asked {
    readonly file: Properties;
    readonly project?: Properties;
    readonly run?: Properties;
  }

  /** What it comes to on workers of one core and 640m each. */
  async function comesTo({ file, project = {}, run = {} }: Asked): Promise<unknown> {
    const app = await mkdtemp(join(tmpdir(), 'hibana-attached-'));
    await mkdir(join(app, 'spark-conf'));
    await writeFile(join(app, 'spark-conf', 'spark-defaults.conf'), formatProperties(file));
    await provider.create(clusterSpec({ name: 'team', lease: null }), testCtx());
    const parts = { layout: { app }, app: { conf: project }, submit: { conf: run } };
    const asked = launchRequestFor({ cluster: request.cluster, ...parts });
    const launched = launch(asked, { provider, runDriver: async () => ({ status: 0 }) }, testCtx());
    const end = await launched.then(({ status }) => status, errorCode);
    await rm(app, { recursive: true });
    return end;
  }

  it.each<[string, Asked, string | number]>([
    ['memory of the file', { file: large }, 'CLUSTER_TOO_SMALL'],
    ['memory of hibana.yaml over it', { file: large, project: small }, 0],
    ['memory of the run over it', { file: small, project: small, run: large }, 'CLUSTER_TOO_SMALL'],
    ['cores of the file', { file: cores('2') }, 'CLUSTER_TOO_SMALL'],
    ['cores of the run over it', { file: cores('2'), run: cores('1') }, 0],
    ['fewer cores in all than of one executor', { file: cores('2', '1') }, 'QUANTITY_INVALID'],
  ])('looks for room for one executor with the %s', async (_what, asked, expected) => {
    expect(await comesTo(asked)).toBe(expected);
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
