import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export interface CountedRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Of its body. */
  readonly bytes: () => number;
}

/** A server that hands everything on to another one and remembers what it was asked. */
export interface CountingProxy extends AsyncDisposable {
  /** `127.0.0.1:40123` */
  readonly host: string;
  /** What was asked since the last call. */
  readonly take: () => readonly CountedRequest[];
}

const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'];

export function isWrite({ method }: CountedRequest): boolean {
  return WRITES.includes(method);
}

/** Starts one before `host`. The name it was called by stays in the requests, so that places it is sent to lead through it again. */
export async function startCountingProxy(host: string): Promise<CountingProxy> {
  const asked: CountedRequest[] = [];
  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    const { method = '', url = '/', headers } = incoming;
    asked.push({ method, path: url.replace(/\?.*/, ''), bytes: () => bytes });
    const onward = request(`http://${host}${url}`, { method, headers, setHost: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => {});
    });
    onward.on('error', () => response.destroy());
    pipeline(incoming, onward, () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // `as` because the type also covers pipes: this one listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    take: () => asked.splice(0),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
