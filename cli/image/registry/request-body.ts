import type { Readable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';

/** What a request carries: bytes, or a stream of unknown length that can be opened again for another try. */
export type RequestBody = Uint8Array | { readonly open: (ctx: Ctx) => Promise<Readable> };

export interface OpenedBody extends AsyncDisposable {
  readonly content: Readable | Uint8Array;
}

/** Opens a body for one try. Closing it ends its stream, read or not. */
export async function openBody(body: RequestBody, ctx: Ctx): Promise<OpenedBody> {
  if (body instanceof Uint8Array) return { content: body, [Symbol.asyncDispose]: async () => {} };
  const content = await body.open(ctx);
  content.on('error', () => {});
  return {
    content,
    [Symbol.asyncDispose]: async () => {
      content.destroy();
    },
  };
}
