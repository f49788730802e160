import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

/** A socket that leads to another one until it is cut. */
export interface CutSocket extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Ends every connection, and takes no more. */
  readonly cut: () => void;
}

/** Starts one at `path` before the socket of `host` (`unix:///…`); `onBytes` sees what is sent that way. */
export async function startCutSocket(
  path: string,
  host: string,
  onBytes: (bytes: Buffer, cut: () => void) => void = () => {},
): Promise<CutSocket> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(host.replace(/^unix:\/\//, ''));
    near.on('data', (bytes) => onBytes(Buffer.from(bytes), cut));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  const cut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  server.listen(path);
  await once(server, 'listening');
  return {
    host: `unix://${path}`,
    cut,
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      cut();
      await closed;
    },
  };
}
