import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { checkVersion } from '../../../../../runtime/platform/attach/check-version.ts';
import { findMaster, findPage, hostsOf, type UrlChoice } from '../../../../../runtime/platform/attach/find-master.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

function choice(over: Partial<UrlChoice>): UrlChoice {
  const share = { executors: 1, executor: { millicores: 1_000, memoryBytes: 2 ** 30 } };
  return {
    kind: 'url',
    master: 'spark://127.0.0.1:1',
    webUi: null,
    secretFile: null,
    share,
    pythonPath: [],
    python: null,
    ...over,
  };
}

async function listening(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return (server.address() as AddressInfo).port;
}

describe('findMaster()', () => {
  it('tells at once that nothing listens there', async () => {
    await expect(findMaster(choice({}), testCtx())).rejects.toMatchObject({
      code: 'MASTER_UNREACHABLE',
      message: 'Cannot reach the master at spark://127.0.0.1:1: nothing listens there',
    });
  });

  it('takes the first of several masters that answers, and the version that its page shows', async () => {
    const master = createServer();
    const page = createHttpServer((_request, response) => response.end('<span class="version me-2">4.1.4</span>'));
    const [port, webPort] = [await listening(master), await listening(page)];
    const webUi = `http://127.0.0.1:${webPort}`;
    const found = await findMaster(choice({ master: `spark://127.0.0.1:1,127.0.0.1:${port}`, webUi }), testCtx());
    expect(found).toMatchObject({ spark: '4.1.4', webUi, secret: null });
    expect(() => checkVersion(found, '4.2.1')).toThrow(expect.objectContaining({ code: 'SPARK_MISMATCH' }));
    master.close();
    page.close();
  });

  it('rejects with the reason when it is aborted', async () => {
    const [ctx, reason] = [testCtx(), new Error('stop')];
    ctx.abort(reason);
    await expect(findMaster(choice({}), ctx)).rejects.toBe(reason);
  });

  it.each([
    ['cannot be read', '/nowhere/secret'],
    ['is empty', '/dev/null'],
  ])('says that its secret %s', async (_what, secretFile) => {
    const master = createServer();
    const port = await listening(master);
    const asked = choice({ master: `spark://127.0.0.1:${port}`, secretFile });
    await expect(findMaster(asked, testCtx())).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    master.close();
  });
});

describe('findPage()', () => {
  /** A page at the same port of each address, with the status of its master at 7077. */
  async function pages(statuses: Readonly<Record<string, string>>) {
    const servers = Object.entries(statuses).map(([host, status]) => {
      const page = {
        url: `spark://${host}:7077`,
        status,
        aliveworkers: 0,
        workers: [],
        activeapps: [],
        completedapps: [],
      };
      return { host, server: createHttpServer((_request, response) => response.end(JSON.stringify(page))) };
    });
    let webPort = 0;
    for (const { host, server } of servers) webPort = await listening(server, webPort, host);
    const close = () => servers.forEach(({ server }) => void server.close());
    return { webPort, [Symbol.dispose]: close };
  }
  const hosts = hostsOf('spark://127.0.0.1,127.0.0.2,127.0.0.3');

  it.each([
    ['that leads', { '127.0.0.1': 'STANDBY', '127.0.0.2': 'ALIVE' }, '127.0.0.2'],
    ['that stands by, where none leads yet', { '127.0.0.1': 'STANDBY', '127.0.0.2': 'RECOVERING' }, '127.0.0.1'],
  ])('takes the page of the master %s', async (_what, statuses, host) => {
    using there = await pages(statuses);
    expect(await findPage({ hosts, webPort: there.webPort }, testCtx())).toBe(`http://${host}:${there.webPort}`);
  });

  it("takes no page of another master's", async () => {
    using there = await pages({ '127.0.0.1': 'ALIVE' });
    const others = hostsOf('spark://127.0.0.1:7078');
    expect(await findPage({ hosts: others, webPort: there.webPort }, testCtx())).toBeNull();
  });
});

describe('hostsOf()', () => {
  it.each([
    [
      'spark://a:7077,b:7078',
      [
        { host: 'a', port: 7077 },
        { host: 'b', port: 7078 },
      ],
    ],
    ['spark://[::1]:7077', [{ host: '::1', port: 7077 }]],
    ['sc://h/;token=x', [{ host: 'h', port: 7077 }]],
  ])('reads %s', (url, expected) => {
    expect(hostsOf(url)).toEqual(expected);
  });
});

describe('checkVersion()', () => {
  const cluster = { name: 'team', master: 'spark://h:1', webUi: null, secret: null };
  it.each([
    ['4.2.1', null],
    ['4.2.0', /The cluster has Spark 4.2.0, the job 4.2.1/],
    [null, /is not known/],
  ])('lets a job of 4.2.1 on a cluster of %s', (spark, notice) => {
    const said = checkVersion({ ...cluster, spark }, '4.2.1');
    if (notice === null) expect(said).toBeNull();
    else expect(said).toMatch(notice);
  });

  it.each([
    [null, /name its web page with --cluster-ui/],
    ['http://h:18080', /"http:\/\/h:18080" does not answer/],
  ])('says of a cluster whose page is %s why its version is not known', (webUi, notice) => {
    expect(checkVersion({ ...cluster, webUi, spark: null }, '4.2.1')).toMatch(notice);
  });
});
