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
});

/** Connects, and waits for what the holder says first. */
async function call({ port }: LeaseHolder) {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  const [nonce] = await once(socket, 'data');
  expect(String(nonce)).toMatch(/^\S+\n$/);
  return socket;
}
