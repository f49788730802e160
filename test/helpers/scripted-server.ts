import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ScriptedRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** That came by the same connection have the same number. */
  readonly connection: number;
}

export interface ScriptedReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Buffer | string;
  /** Of the reply's body, and then the connection is cut. */
  readonly cutAfter?: number;
  /** Of the reply's body, and then it goes no further. */
  readonly stallAfter?: number;
  /** Of the request's body, and then the connection is cut without a reply. */
  readonly cutRequestAfter?: number;
  /** It never comes. */
  readonly isSilent?: boolean;
}

type Answer = ScriptedReply | number;
/** One answer for all, one after the other (the last again and again), or what a function says. */
export type Step = Answer | readonly Answer[] | ((request: ScriptedRequest) => Answer);
/** By method and path, without the query: `GET /v2/`. What is not there is answered by 404. */
export type Script = Record<string, Step>;

export interface ScriptedServer extends AsyncDisposable {
  /** `127.0.0.1:8080` */
  readonly host: string;
  /** Without a `/` at the end. */
  readonly url: string;
  readonly script: Script;
  /** All so far, in the order in which they began. */
  readonly requests: readonly ScriptedRequest[];
  /** The same as `POST /v2/app/blobs/uploads/`, without the queries. */
  readonly calls: () => readonly string[];
}

/** A server on 127.0.0.1 that answers what the test says; with `tls` over https alone. */
export async function startScriptedServer(
  script: Script,
  tls?: { readonly key: string; readonly cert: string },
): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  const counts = new Map<string, number>();
  const connections = new Map<unknown, number>();
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    connections.set(request.socket, connections.get(request.socket) ?? connections.size);
    const at = requests.length;
    const known = { method: request.method ?? '', url: request.url ?? '', headers: flat(request.headers) };
    requests.push({ ...known, body: Buffer.alloc(0), connection: connections.get(request.socket) ?? -1 });
    const key = callOf(known);
    const step = script[key] ?? 404;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    const early =
      typeof step === 'function' ? undefined : replyOf(Array.isArray(step) ? (step[count] ?? step.at(-1)) : step);
    if (early?.cutRequestAfter === 0) return void request.socket.destroy();
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request) {
      bytes += chunk.length;
      chunks.push(chunk);
      if (early?.cutRequestAfter !== undefined && bytes >= early.cutRequestAfter) return void request.socket.destroy();
    }
    const whole = { ...known, body: Buffer.concat(chunks), connection: connections.get(request.socket) ?? -1 };
    requests[at] = whole;
    send(response, early ?? replyOf(typeof step === 'function' ? step(whole) : 404), known.method);
  };
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void listener(request, response).catch(() => {});
  const server = tls ? createSecureServer(tls, handle) : createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server's address is one.
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `${tls ? 'https' : 'http'}://${host}`,
    script,
    requests,
    calls: () => requests.map(callOf),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function callOf({ method, url }: Pick<ScriptedRequest, 'method' | 'url'>): string {
  return `${method} ${url.replace(/\?.*/, '')}`;
}

function flat(headers: IncomingMessage['headers']): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function replyOf(answer: Answer | undefined): ScriptedReply {
  return typeof answer === 'object' ? answer : { status: answer ?? 404 };
}

function send(response: ServerResponse, reply: ScriptedReply, method: string): void {
  if (reply.isSilent) return;
  const body = Buffer.from(reply.body ?? '');
  const headers = Object.entries(reply.headers ?? {}).map(([name, value]) => [name, [value].flat()]);
  response.writeHead(reply.status, { 'content-length': body.length, ...Object.fromEntries(headers) });
  if (reply.stallAfter !== undefined) response.write(body.subarray(0, reply.stallAfter));
  else if (reply.cutAfter === undefined) response.end(method === 'HEAD' ? undefined : body);
  else response.write(body.subarray(0, reply.cutAfter), () => response.destroy());
}
