import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { type Network, openDispatcher } from '../../../../cli/packages/dispatcher.ts';

/** Less than the client itself waits for a server. */
const WITHIN_MS = 5_000;
const TUNNEL = 'HTTP/1.1 200 Connection established\r\n\r\n';

function networkOf(https: string): Network {
  return { proxies: { http: '', https, none: '', from: null }, caFile: null, authorityFiles: [] };
}

it.each<readonly [string, (host: string) => string, readonly string[]]>([
  ['no server', () => '', []],
  ['no proxy with TLS', (host) => `https://${host.replace('127.0.0.1', 'localhost')}`, []],
  ['no proxy', (host) => `http://${host}`, []],
  ['no server behind a proxy', (host) => `http://${host}`, [TUNNEL]],
])(
  'openDispatcher() gives connections that end with it, also those that %s has answered yet',
  async (_who, proxyAt, answers) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const host = `127.0.0.1:${port}`;
    const dispatcher = await openDispatcher(networkOf(proxyAt(host)), { connectMs: 600_000 });
    const request = dispatcher.request({ origin: `https://${host}`, path: '/', method: 'GET' });
    const failed = expect(request).rejects.toThrow();
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.on('error', () => {});
    await once(socket, 'data');
    for (const answer of answers) {
      socket.write(answer);
      await once(socket, 'data');
    }
    await dispatcher.destroy();
    await Promise.all([failed, once(socket, 'close')]);
    server.close();
  },
  WITHIN_MS,
);
