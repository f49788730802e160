import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import type { RepositoryReader } from './repository-reader.ts';

export interface RepositoryGateway extends AsyncDisposable {
  /** Of a Maven repository, with a `/` at the end. */
  readonly url: string;
}

/** The repositories of a reader as one Maven repository on 127.0.0.1, for a resolver that then needs to know nothing of mirrors, proxies, certificates
 *  and passwords. Its path is a secret: other users of this machine can connect, but not ask. */
export async function startRepositoryGateway(reader: RepositoryReader, ctx: Ctx): Promise<RepositoryGateway> {
  ctx.signal.throwIfAborted();
  const root = `/${randomBytes(SECRET_BYTES).toString('hex')}/`;
  const server = createServer((request, response) => {
    answer(request, response, root, reader).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  // A TCP server's address is one.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${root}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const SECRET_BYTES = 16;

async function answer(
  { url = '', method }: IncomingMessage,
  response: ServerResponse,
  root: string,
  reader: RepositoryReader,
): Promise<void> {
  const path = url.startsWith(root) ? decodeURIComponent(url.slice(root.length)) : '';
  const file = isPath(path) ? await reader.find(path) : undefined;
  if (file === undefined) {
    response.writeHead(404).end();
    return;
  }
  const { size, mtime } = await stat(file);
  response.writeHead(200, { 'content-length': size, 'last-modified': mtime.toUTCString() });
  if (method === 'HEAD') response.end();
  else await pipeline(createReadStream(file), response);
}

function isPath(path: string): boolean {
  return path !== '' && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
