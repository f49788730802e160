/** A piece of one of several streams that come through one connection. */
export interface Frame {
  readonly channel: number;
  readonly payload: Buffer;
}

const HEADER_BYTES = 8;
const LENGTH_AT = 4;

/** Reads frames of what a daemon sends of a container without a terminal, and of what the launcher of one sends through it.
 *  A frame that is cut off by the end of the connection is left out.
 *  Source: Docker Engine API, "Attach to a container", stream format. */
export async function* readFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let pending: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    pending.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    size += chunk.length;
    // Chunks of a long frame are put together once.
    if (size < neededFor(pending)) continue;
    let bytes = pending.length === 1 ? (pending[0] ?? Buffer.alloc(0)) : Buffer.concat(pending);
    while (bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + bytes.readUInt32BE(LENGTH_AT);
      if (bytes.length < end) break;
      yield { channel: bytes[0] ?? 0, payload: bytes.subarray(HEADER_BYTES, end) };
      bytes = bytes.subarray(end);
    }
    pending = [bytes];
    size = bytes.length;
  }
}

function neededFor(pending: readonly Buffer[]): number {
  const [first] = pending;
  return first !== undefined && first.length >= HEADER_BYTES
    ? HEADER_BYTES + first.readUInt32BE(LENGTH_AT)
    : HEADER_BYTES;
}

/** One frame, as readFrames reads it. */
export function frameOf(channel: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = channel;
  header.writeUInt32BE(payload.length, LENGTH_AT);
  return Buffer.concat([header, payload]);
}

/** What the launcher of a container says on its standard output, in frames: the job's two streams, byte for byte, and events as JSON lines. */
export const CHANNEL = { stdout: 1, stderr: 2, events: 3 } as const;
