import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ConnectProxy extends AsyncDisposable {
  /** `127.0.0.1:3128` */
  readonly host: string;
  /** With its login. */
  readonly url: string;
  /** Where its clients wanted to, each time: `127.0.0.1:8443`. */
  readonly tunnels: readonly string[];
  /** How many clients had no login, or a wrong one. */
  readonly refused: () => number;
}

/** A proxy on 127.0.0.1 that opens tunnels (CONNECT) for whoever has its login, and does nothing else. */
export async function startConnectProxy(login: string): Promise<ConnectProxy> {
  const wanted = `Basic ${Buffer.from(login).toString('base64')}`;
  const tunnels: string[] = [];
  const sockets = new Set<Duplex>();
  let refused = 0;
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Duplex) => {
    sockets.add(client.on('error', () => {}));
    if (request.headers['proxy-authorization'] !== wanted) {
      refused += 1;
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      );
      return;
    }
    tunnels.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream.on('error', () => client.destroy()));
    client.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // `as` because the type also covers pipes: this one listens on a port.
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${login}@${host}`,
    tunnels,
    refused: () => refused,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
