import { Transform } from 'node:stream';

/** Hands bytes on so that no chunk ends within a character of UTF-8; what is none is handed on as it is. The archive reader makes a text of each chunk of a
 *  header by itself, and so loses a character that is cut. */
export function wholeCharacters(): Transform {
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const end = bytes.length - bytesOfCut(bytes);
      held = bytes.subarray(end);
      done(null, bytes.subarray(0, end));
    },
    flush: (done) => done(null, held),
  });
}

const MOST_BYTES = 4;
const FIRST_OF_FOUR = 0xf0;
const FIRST_OF_THREE = 0xe0;
const FIRST_OF_TWO = 0xc0;
const CONTINUES = 0x80;

/** Of the character that has begun at the end and needs more. Source: RFC 3629, section 3. */
function bytesOfCut(bytes: Buffer): number {
  for (let there = 1; there < MOST_BYTES && there <= bytes.length; there += 1) {
    const byte = bytes[bytes.length - there] ?? 0;
    if (byte < CONTINUES) return 0;
    if (byte < FIRST_OF_TWO) continue;
    const needed = byte >= FIRST_OF_FOUR ? MOST_BYTES : byte >= FIRST_OF_THREE ? 3 : 2;
    return there < needed ? there : 0;
  }
  return 0;
}
