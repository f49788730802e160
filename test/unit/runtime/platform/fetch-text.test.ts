import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fetchText } from '../../../../runtime/platform/fetch-text.ts';
import { startScriptedServer } from '../../../helpers/scripted-server.ts';

const { signal } = new AbortController();

describe('fetchText()', () => {
  it('gives the page', async () => {
    await using server = await startScriptedServer({ 'GET /': { status: 200, body: 'a page' } });
    expect(await fetchText(`${server.url}/`, signal)).toBe('a page');
  });

  it.each([
    [404, '<h1>No such page</h1>'],
    [500, ''],
    [302, ''],
    [401, '<h1>Who are you</h1>'],
  ])('takes what comes with status %i for no page: "%s"', async (status, body) => {
    await using server = await startScriptedServer({ 'GET /': { status, body } });
    await expect(fetchText(`${server.url}/`, signal)).rejects.toThrow(String(status));
  });

  it('does not wait for a page that comes drop by drop', async () => {
    const server = createServer((_request, response) => {
      const drops = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drops));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      await expect(fetchText(url, signal, 200)).rejects.toThrow();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('rejects when the signal aborts', async () => {
    await using server = await startScriptedServer({ 'GET /': { status: 200, isSilent: true } });
    const controller = new AbortController();
    const fetching = fetchText(`${server.url}/`, controller.signal);
    controller.abort(new Error('stop'));
    await expect(fetching).rejects.toThrow();
  });

  it('rejects above 4 MiB', async () => {
    await using server = await startScriptedServer({ 'GET /': { status: 200, body: Buffer.alloc(2 ** 22 + 1) } });
    await expect(fetchText(`${server.url}/`, signal)).rejects.toThrow(/too large/);
  });
});
