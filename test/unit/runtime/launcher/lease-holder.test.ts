import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { holdLease, type LeaseHolder } from '../../../../runtime/launcher/lease-holder.ts';

describe('holdLease()', () => {
  it('goes on when connections are reset, before a word of theirs and after', async () => {
    using holder = await holdLease('secret');
    for (const word of ['', 'no proof', 'half a line']) {
      const socket = await call(holder);
      if (word !== '') socket.write(word === 'no proof' ? `${word}\n` : word);
      socket.resetAndDestroy();
      await once(socket, 'close');
    }
    const socket = await call(holder);
    socket.destroy();
  });

  it('listens at the address it is told, and at no other', async () => {
    using holder = await holdLease('secret', '127.0.0.2');
    (await call(holder, '127.0.0.2')).destroy();
    await expect(once(connect(holder.port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

/** Connects, and waits for what the holder says first. */
async function call({ port }: LeaseHolder, address = '127.0.0.1') {
  const socket = connect(port, address).on('error', () => {});
  const [nonce] = await once(socket, 'data');
  expect(String(nonce)).toMatch(/^\S+\n$/);
  return socket;
}
