import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { awaitRoom } from '../../../../../runtime/platform/attach/await-room.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface Page {
  readonly coresFree: number;
  readonly memoryFree?: number;
  readonly workers?: number;
  readonly status?: string;
  readonly apps?: readonly object[];
}

/** A master's page that may say something else each time it is asked. */
async function clusterWith(pages: readonly Page[]) {
  const left = [...pages];
  const server = createServer((_request, response) => {
    const {
      coresFree,
      memoryFree = 1_024,
      workers = 1,
      status = 'ALIVE',
      apps = [],
    } = (left.length > 1 ? left.shift() : left[0]) ?? { coresFree: 0 };
    const worker = {
      host: 'h',
      port: 1,
      state: 'ALIVE',
      cores: 2,
      coresfree: coresFree,
      memory: 1_024,
      memoryfree: memoryFree,
    };
    response.setHeader('connection', 'close');
    response.end(
      JSON.stringify({
        ...{ url: 'spark://h:1', status, aliveworkers: workers, activeapps: apps, completedapps: [] },
        workers: Array.from({ length: workers }, () => worker),
      }),
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const webUi = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { name: 'team', master: 'spark://h:1', webUi, secret: null, spark: null };
}

const room = { cores: 1, mebibytes: 640, memory: { text: '1g', kind: 'all' } } as const;
const holder = { id: 'app-1', name: 'etl', user: 'ann', cores: 2 };
const waiter = { id: 'app-2', name: 'report', user: 'bob', cores: 0 };

describe('awaitRoom()', () => {
  it('says at once who holds the cores, and ends with CLUSTER_BUSY naming them', async () => {
    const ctx = testCtx();
    const cluster = await clusterWith([{ coresFree: 0, apps: [holder, waiter] }]);
    const said = 'etl (app-1 of ann) holds 2 cores, report (app-2 of bob) waits';
    await expect(awaitRoom(cluster, room, 700, ctx)).rejects.toMatchObject({
      code: 'CLUSTER_BUSY',
      details: { lastSeen: said },
    });
    expect(ctx.events.find(({ type }) => type === 'notice')).toMatchObject({
      message: `The job waits for free cores on "team": ${said}`,
    });
  });

  it('goes on when there is room', async () => {
    const cluster = await clusterWith([{ coresFree: 0, apps: [holder] }, { coresFree: 1 }]);
    await expect(awaitRoom(cluster, room, 5_000, testCtx())).resolves.toBeUndefined();
  });

  it('waits for memory as well', async () => {
    const cluster = await clusterWith([{ coresFree: 2, memoryFree: 100, apps: [{ ...holder, cores: 1 }] }]);
    await expect(awaitRoom(cluster, room, 200, testCtx())).rejects.toMatchObject({ code: 'CLUSTER_BUSY' });
  });

  it.each([
    {
      asked: { ...room, cores: 3 },
      message: 'Cannot fit an executor with 3 cores and 1g on "team": its workers have room for 2 cores and 1408m',
      hint: /--worker-cores 2 --worker-memory 1408m/,
    },
    {
      asked: { ...room, mebibytes: 3_686, memory: { text: '4g', kind: 'all' } },
      message: 'Cannot fit an executor with 1 core and 4g on "team": its workers have room for 2 cores and 1408m',
      hint: /--worker-cores 2 --worker-memory 1408m/,
    },
    {
      asked: { ...room, mebibytes: 2_048, memory: { text: '2048m', kind: 'heap' } },
      message:
        'Cannot fit an executor with 1 core and a heap of 2048m on "team": its workers have room for 2 cores and a heap of 1g',
      hint: /spark\.executor\.memory=1g/,
    },
  ] as const)('tells at once, in the words of who asked, that no worker could ever hold $asked', async (row) => {
    const cluster = await clusterWith([{ coresFree: 2 }]);
    await expect(awaitRoom(cluster, row.asked, 60_000, testCtx())).rejects.toMatchObject({
      code: 'CLUSTER_TOO_SMALL',
      message: row.message,
      hint: expect.stringMatching(row.hint),
    });
  });

  it('leaves the waiting to Spark where the master stands by', async () => {
    const ctx = testCtx();
    const cluster = await clusterWith([{ coresFree: 0, workers: 0, status: 'STANDBY' }]);
    await expect(awaitRoom(cluster, room, 200, ctx)).resolves.toBeUndefined();
    expect(ctx.events).toEqual([]);
  });

  it('says that no worker is alive', async () => {
    const cluster = await clusterWith([{ coresFree: 0, workers: 0 }]);
    await expect(awaitRoom(cluster, room, 200, testCtx())).rejects.toMatchObject({
      details: { lastSeen: 'no worker is alive' },
    });
  });
});
