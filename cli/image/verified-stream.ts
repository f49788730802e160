import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ToolError } from '../../runtime/core/errors.ts';
import type { Descriptor } from './descriptor.ts';

/** The bytes of a stream, which fails before its end if they are not those of the descriptor. `place` is where they are, for people; what reads
 *  to the end has the right bytes. The source is closed with it.
 *  The stream: @throws {ToolError} DIGEST_MISMATCH */
export function verifiedStream(source: Readable, descriptor: Descriptor, place: string): Readable {
  const stream = Readable.from(verified(source, descriptor, place), { objectMode: false });
  // Also when nobody has read a byte of it.
  stream.once('close', () => source.destroy());
  return stream;
}

async function* verified(source: Readable, { digest, size }: Descriptor, place: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    hash.update(chunk);
    if (bytes > size) break;
    yield chunk;
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (bytes === size && found === digest) return;
  const state = bytes === size ? `their digest is ${found}` : `there are ${bytes > size ? 'more' : bytes}`;
  throw new ToolError('DIGEST_MISMATCH', `Cannot use the ${size} bytes of ${digest} in "${place}": ${state}`, {
    hint: 'Make or fetch the image again',
    details: { digest, size, place },
  });
}
