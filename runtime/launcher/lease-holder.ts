import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { BEAT_MS, isSame, newNonce, proofOf } from './lease-protocol.ts';

/** Answers the guards of a cluster for as long as its launcher lives. */
export interface LeaseHolder extends Disposable {
  readonly port: number;
}

/** Says at its port that the launcher is there, to whoever proves to have the secret. `address`: where it listens; default every one of version 4. */
export async function holdLease(secret: string, address = '0.0.0.0'): Promise<LeaseHolder> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    serve(socket, secret);
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function serve(socket: Socket, secret: string): void {
  const nonce = newNonce();
  socket.write(`${nonce}\n`);
  const lines = createInterface({ input: socket });
  // It repeats what goes wrong with its input: a guard that starts anew resets its connection.
  lines.on('error', () => {});
  lines.once('line', (line) => {
    const [proof = '', theirs = ''] = line.split(' ');
    if (!isSame(proof, proofOf(secret, 'member', nonce))) {
      socket.destroy();
      return;
    }
    socket.write(`${proofOf(secret, 'holder', theirs)}\n`);
    const beat = setInterval(() => socket.write('\n'), BEAT_MS);
    socket.once('close', () => clearInterval(beat));
  });
}
