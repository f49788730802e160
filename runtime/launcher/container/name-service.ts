import { mkdir, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { PasswdEntry } from './passwd.ts';

/** The C library asks it for the names of users before it looks into /etc/passwd, in every process of the container. */
export interface NameService extends AsyncDisposable {}

/** Answers from `entries` on the socket in `folder`, whose link leads to `target`, a folder that is made here. This is how a user gets an entry where
 *  /etc/passwd cannot be written: a JVM with Hadoop's classes in it does not start for a user who has none.
 *  This process itself must not ask for a user from here on: that call blocks the thread that would answer it.
 *  @throws what listening throws: there is no such folder, or it cannot be written
 *  Source: nscd/nscd-client.h and nscd_getpw_r.c of glibc 2.36 and 2.41; musl asks the same way. */
export async function startNameService(
  entries: readonly PasswdEntry[],
  { folder, target }: { readonly folder: string; readonly target: string },
): Promise<NameService> {
  await mkdir(target, { mode: 0o700 }).catch(() => {});
  const path = join(folder, 'socket');
  // Of a launcher that was killed in this container before it was started again.
  await rm(path, { force: true });
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on('error', () => {});
    connection.on('close', () => connections.delete(connection));
    connection.once('data', (request: Buffer) => {
      const reply = answer(request, entries);
      if (reply === undefined) connection.destroy();
      else connection.end(reply);
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(path, resolve);
  await promise;
  // Nobody waits for it.
  server.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      for (const connection of connections) connection.destroy();
      await new Promise((closed) => server.close(closed));
      await rm(target, { recursive: true, force: true });
    },
  };
}

const VERSION = 2;
const BY_NAME = 0;
const BY_ID = 1;
const REQUEST_HEADER = 12;
const WORD = 4;

/** The reply to a request of the C library; `undefined` for what is not asked of us: groups, hosts, a mapped database. It looks for itself then. */
export function answer(request: Buffer, entries: readonly PasswdEntry[]): Buffer | undefined {
  if (request.length < REQUEST_HEADER || request.readInt32LE(0) !== VERSION) return undefined;
  const [type, length] = [request.readInt32LE(WORD), request.readInt32LE(2 * WORD)];
  if (type !== BY_NAME && type !== BY_ID) return undefined;
  const key = request.toString('utf8', REQUEST_HEADER, REQUEST_HEADER + length - 1);
  const found = entries.find(({ name, uid }) => (type === BY_NAME ? name === key : String(uid) === key));
  if (found === undefined) return words([VERSION, 0, 0, 0, -1, -1, 0, 0, 0]);
  const { name, uid, gid, gecos, home, shell } = found;
  const texts = [name, 'x', gecos, home, shell].map((text) => Buffer.from(`${text}\0`));
  const [nameBytes = 0, passwordBytes = 0, ...others] = texts.map((text) => text.length);
  return Buffer.concat([words([VERSION, 1, nameBytes, passwordBytes, uid, gid, ...others]), ...texts]);
}

function words(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * WORD);
  for (const [index, value] of values.entries()) buffer.writeInt32LE(value | 0, index * WORD);
  return buffer;
}
