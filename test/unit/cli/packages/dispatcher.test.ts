import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { openDispatcher } from '../../../../cli/packages/dispatcher.ts';

const NETWORK = { proxies: { http: '', https: '', none: '', from: null }, caFile: null, authorityFiles: [] };

it('openDispatcher() gives connections that end with it, also those that no server has answered yet', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dispatcher = await openDispatcher(NETWORK, { connectMs: 600_000 });
  const { port } = server.address() as AddressInfo;
  const request = dispatcher.request({ origin: `https://127.0.0.1:${port}`, path: '/', method: 'GET' });
  const failed = expect(request).rejects.toThrow();
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => {}).resume();
  await once(socket, 'data');
  await dispatcher.destroy();
  await Promise.all([failed, once(socket, 'close')]);
  server.close();
});
