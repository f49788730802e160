import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Transform } from 'node:stream';

export interface CountedRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Without its `?`. */
  readonly query: string;
  /** Of its body. */
  readonly bytes: () => number;
}

/** What goes wrong with a request. */
export type Fault =
  /** It is answered by this instead of handed on. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection is cut after so many bytes of the request's body. */
  | { readonly cutRequestAfter: number }
  /** The connection is cut after so many bytes of the reply's body. */
  | { readonly cutReplyAfter: number }
  /** The last byte of the reply's body is another. */
  | { readonly isChanged: true };

/** A server that hands everything on to another one and remembers what it was asked. */
export interface CountingProxy extends AsyncDisposable {
  /** `127.0.0.1:40123` */
  readonly host: string;
  /** What was asked since the last call. */
  readonly take: () => readonly CountedRequest[];
  /** What goes wrong with a request; can be changed while it runs. Default nothing. */
  fault: (request: Pick<CountedRequest, 'method' | 'path' | 'query'>) => Fault | undefined;
}

const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'];

export function isWrite({ method }: Pick<CountedRequest, 'method'>): boolean {
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
    const [path = '', query = ''] = url.split('?');
    asked.push({ method, path, query, bytes: () => bytes });
    const fault = proxy.fault({ method, path, query });
    if (fault !== undefined && 'status' in fault) {
      incoming.resume();
      return void response.writeHead(fault.status, fault.headers).end(fault.body);
    }
    const onward = request(`http://${host}${url}`, { method, headers, setHost: false }, (answer) => {
      // Who asked may be gone.
      if (response.destroyed) return void answer.destroy();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, spoiled(fault), response, () => {});
    });
    onward.on('error', () => response.destroy());
    const cutAfter = fault !== undefined && 'cutRequestAfter' in fault ? fault.cutRequestAfter : undefined;
    incoming.on('data', () => cutAfter !== undefined && bytes >= cutAfter && incoming.destroy());
    pipeline(incoming, onward, () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // `as` because the type also covers pipes: this one listens on a port.
  const { port } = server.address() as AddressInfo;
  const proxy: CountingProxy = {
    fault: () => undefined,
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

/** Hands on the body of a reply, or what the fault makes of it. */
function spoiled(fault: Fault | undefined): Transform {
  let held: Buffer = Buffer.alloc(0);
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (fault !== undefined && 'cutReplyAfter' in fault) {
        const rest = Math.max(0, fault.cutReplyAfter - bytes);
        bytes += chunk.length;
        if (chunk.length <= rest) return done(null, chunk);
        this.push(chunk.subarray(0, rest));
        return void setImmediate(() => done(new Error('cut')));
      }
      if (fault === undefined || !('isChanged' in fault)) return done(null, chunk);
      const before = held;
      held = chunk;
      done(null, before);
    },
    flush(done) {
      if (held.length > 0) held = Buffer.concat([held.subarray(0, -1), Buffer.from([(held.at(-1) ?? 0) ^ 1])]);
      done(null, held);
    },
  });
}
