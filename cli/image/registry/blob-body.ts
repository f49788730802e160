import { createHash } from 'node:crypto';
import { addAbortListener } from 'node:events';
import { Readable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { BlobSource } from '../image-store.ts';

/** The bytes of a blob on their way. */
export interface BlobBody {
  /** Begins from the first byte. Neither it nor the stream fails: what goes wrong at the source ends it early, so that the receiver learns where. */
  readonly open: () => Promise<Readable>;
  /** Throws what went wrong since it was last opened: the source's own error, `signal.reason`, DIGEST_MISMATCH. */
  readonly check: () => void;
}

export function createBlobBody({ descriptor, open }: BlobSource, ctx: Ctx): BlobBody {
  let failure: { readonly error: unknown } | undefined;
  const bytesOf = async function* (source: Readable): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let bytes = 0;
    using _ = addAbortListener(ctx.signal, () => source.destroy());
    try {
      for await (const chunk of source) {
        const part = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
        bytes += part.length;
        hash.update(part);
        if (bytes > descriptor.size) break;
        yield part;
      }
      ctx.signal.throwIfAborted();
      checkBytes(descriptor, bytes, `sha256:${hash.digest('hex')}`);
    } catch (error) {
      failure = { error: ctx.signal.aborted ? ctx.signal.reason : error };
    }
  };
  return {
    open: async () => {
      failure = undefined;
      try {
        const source = await open(ctx);
        // It may fail when nobody reads it any more.
        source.on('error', () => {});
        return Readable.from(bytesOf(source), { objectMode: false }).once('close', () => source.destroy());
      } catch (error) {
        failure = { error };
        return Readable.from([]);
      }
    },
    check: () => {
      ctx.signal.throwIfAborted();
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** All bytes of a small blob. @throws as BlobBody.check */
export async function readBlob(blob: BlobSource, ctx: Ctx): Promise<Buffer> {
  const body = createBlobBody(blob, ctx);
  const chunks: Buffer[] = [];
  for await (const chunk of await body.open()) chunks.push(chunk);
  body.check();
  return Buffer.concat(chunks);
}

function checkBytes({ digest, size }: BlobSource['descriptor'], bytes: number, found: string): void {
  if (bytes === size && found === digest) return;
  const state =
    bytes > size ? `more than ${size} bytes` : bytes < size ? `${bytes} bytes, not ${size}` : `digest ${found}`;
  throw new ToolError('DIGEST_MISMATCH', `Cannot push blob ${digest}: its source has ${state}`, {
    details: { digest, found },
    hint: 'Run it again when nothing else writes to the source',
  });
}
