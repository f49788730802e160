import { describe, expect, it } from 'vitest';
import { type Frame, frameOf, readFrames } from '../../../../../runtime/platform/docker/frames.ts';

const FRAMES: readonly Frame[] = [
  { channel: 1, payload: Buffer.from('one') },
  { channel: 2, payload: Buffer.alloc(0) },
  { channel: 3, payload: Buffer.alloc(70_000, 'x') },
  { channel: 1, payload: Buffer.from([0, 1, 2, 255]) },
];
const BYTES = Buffer.concat(FRAMES.map(({ channel, payload }) => frameOf(channel, payload)));

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('readFrames()', () => {
  it.each([1, 7, 8, 9, 4_096, BYTES.length])('reads what frameOf() wrote, in pieces of %d bytes', async (size) => {
    expect(await Array.fromAsync(readFrames(pieces(BYTES, size)))).toEqual(FRAMES);
  });

  it('leaves out what is cut off', async () => {
    const cut = BYTES.subarray(0, BYTES.length - 1);
    expect(await Array.fromAsync(readFrames(pieces(cut, 1_000)))).toEqual(FRAMES.slice(0, -1));
  });
});
