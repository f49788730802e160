import type { Ctx } from '../../../runtime/core/context.ts';
import { isNetworkFailure, type Reply } from '../../packages/exchange.ts';
import { readBounded, unreachable } from './registry-errors.ts';
import type { RegistryHttp } from './registry-http.ts';

export type RetryTimes = Pick<RegistryHttp, 'retryWaitsMs' | 'pause'>;

/** A small reply with its whole body: one that is cut is asked for again. The body is `undefined` when it has more bytes than it may, and
 *  unread where the status is not 200. @throws {ToolError} REGISTRY_UNREACHABLE when it is cut each time */
export async function readAll(
  send: () => Promise<Reply>,
  { retryWaitsMs, pause, maximumBytes }: RetryTimes & { readonly maximumBytes: number },
  ctx: Ctx,
): Promise<{ readonly reply: Reply; readonly bytes: Buffer | undefined }> {
  for (let tried = 0; ; tried += 1) {
    const reply = await send();
    if (reply.status !== 200) return { reply, bytes: undefined };
    try {
      return { reply, bytes: await readBounded(reply.body, maximumBytes) };
    } catch (error) {
      ctx.signal.throwIfAborted();
      const waitMs = retryWaitsMs[tried];
      if (!isNetworkFailure(error)) throw error;
      if (waitMs === undefined) throw unreachable(error, new URL(reply.url).host);
      await pause(waitMs, ctx);
    }
  }
}
