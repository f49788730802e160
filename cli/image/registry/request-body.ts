import { Readable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';

/** What a request carries: bytes, or a source that can be opened again for another try. */
export type RequestBody = Uint8Array | { readonly size: number; readonly open: (ctx: Ctx) => Promise<Readable> };

/** The source of a body failed, not the connection. */
export class SourceFailure extends Error {
  constructor(cause: unknown) {
    super('The source of a request failed', { cause });
    this.name = 'SourceFailure';
  }
}

export interface BodyStream extends AsyncDisposable {
  readonly stream: Readable | Uint8Array;
  readonly size: number;
}

/** Opens a body. It has as many bytes as it said, or its stream fails before the last of them. */
export async function streamOf(body: RequestBody, ctx: Ctx): Promise<BodyStream> {
  if (body instanceof Uint8Array) return { stream: body, size: body.length, [Symbol.asyncDispose]: async () => {} };
  const source = await body.open(ctx).catch((cause) => {
    throw new SourceFailure(cause);
  });
  // It may fail when nobody reads it any more.
  source.on('error', () => {});
  const stream = Readable.from(counted(source, body.size), { objectMode: false });
  stream.on('error', () => {});
  return {
    stream,
    size: body.size,
    [Symbol.asyncDispose]: async () => {
      stream.destroy();
      source.destroy();
    },
  };
}

/** Holds the last chunk back until the source has ended well: what it says at its end must come before the receiver takes it for whole. */
async function* counted(source: Readable, size: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  let held: Buffer | undefined;
  try {
    for await (const chunk of source) {
      if (held !== undefined) yield held;
      held = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
      bytes += held.length;
      if (bytes > size) break;
    }
    if (bytes !== size) {
      const state = bytes > size ? `more than ${size}` : `${bytes}, not ${size}`;
      throw new ToolError('DIGEST_MISMATCH', `Cannot send a blob: the bytes at its source are ${state}`);
    }
  } catch (cause) {
    throw new SourceFailure(cause);
  }
  if (held !== undefined) yield held;
}
