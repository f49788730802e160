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
  /** The status by which a request is refused instead of handed on; can be changed while it runs. Default none is. */
  refusal: (request: Pick<CountedRequest, 'method' | 'path'>) => number | undefined;
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
    const path = url.replace(/\?.*/, '');
    asked.push({ method, path, bytes: () => bytes });
    const refused = proxy.refusal({ method, path });
    if (refused !== undefined) {
      incoming.resume();
      return void response.writeHead(refused).end();
    }
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
  const proxy: CountingProxy = {
    refusal: () => undefined,
    host: `127.0.0.1:${port}`,
    take: () => asked.splice(0),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}
