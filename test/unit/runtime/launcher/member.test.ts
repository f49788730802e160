import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { holdLease } from '../../../../runtime/launcher/lease-holder.ts';
import { runUnderLease } from '../../../../runtime/launcher/member.ts';

const env = { PATH: process.env.PATH ?? '' };
const lease = (port: number, secret = 'secret') => ({ host: '127.0.0.1', port, seconds: 1, secret });
const KILLED = 137;

describe('runUnderLease()', () => {
  it("gives the program's status, and leaves it alone while the holder is heard of", async () => {
    using holder = await holdLease('secret');
    const command = ['sh', '-c', 'sleep 0.2; exit 7'];
    expect(await runUnderLease({ lease: { ...lease(holder.port), seconds: 60 }, command, env }).ended).toBe(7);
  });

  it('passes signals on to the program and all that it has started', async () => {
    using holder = await holdLease('secret');
    const member = runUnderLease({ lease: { ...lease(holder.port), seconds: 60 }, command: ['sleep', '60'], env });
    member.signal('SIGTERM');
    expect(await member.ended).toBe(143);
  });

  it('ends the program when there was no word of the holder for the time of the lease', async () => {
    const { port } = await gone();
    expect(await runUnderLease({ lease: lease(port), command: ['sleep', '60'], env }).ended).toBe(KILLED);
  });

  it('makes a connection anew that has become silent', async () => {
    using holder = await holdLease('secret');
    using network = await startDeafNetwork(holder.port);
    const member = runUnderLease({
      lease: { ...lease(network.port), seconds: 4, silenceMs: 200 },
      command: ['sh', '-c', 'sleep 6; exit 7'],
      env,
    });
    expect(await member.ended).toBe(7);
  });

  it('takes nobody for the holder who does not know the secret', async () => {
    using holder = await holdLease('another');
    expect(await runUnderLease({ lease: lease(holder.port), command: ['sleep', '60'], env }).ended).toBe(KILLED);
  });

  it('says so when the program cannot be started', async () => {
    using holder = await holdLease('secret');
    expect(await runUnderLease({ lease: lease(holder.port), command: ['/no/such/program'], env }).ended).toBe(127);
  });
});

/** A port at which nobody answers any more. */
async function gone(): Promise<{ readonly port: number }> {
  using holder = await holdLease('secret');
  return { port: holder.port };
}

/** Takes connections to a port of this machine; of the first one nothing comes through. */
async function startDeafNetwork(to: number): Promise<Disposable & { readonly port: number }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const isFirst = sockets.length === 0;
    sockets.push(socket.on('error', () => {}));
    if (isFirst) return;
    const there = connect(to, '127.0.0.1').on('error', () => {});
    sockets.push(there);
    socket.on('close', () => there.destroy());
    socket.pipe(there).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
