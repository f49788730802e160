import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Ctx } from '../../runtime/core/context.ts';
import { systemCode } from '../../runtime/core/errors.ts';

export interface Reply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Readable;
  /** That of the request which it answers. */
  readonly url: string;
}

export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Readable | Uint8Array | undefined;
  readonly dispatcher: Dispatcher;
  /** How long the server may say nothing. */
  readonly silenceMs: number;
}

/** One request and its reply, whatever the status; no redirect is followed. The reply's body must be read or destroyed.
 *  Rejects with `signal.reason`, and with the error of the connection as it is: see isNetworkFailure. */
export async function exchange(request: Exchange, ctx: Ctx): Promise<Reply> {
  ctx.signal.throwIfAborted();
  const { method, url, headers, body, dispatcher, silenceMs } = request;
  try {
    const { request: send } = await import('./http-client.ts');
    const answer = await send(url.origin + url.pathname + url.search, {
      method,
      dispatcher,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
      signal: ctx.signal,
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
    });
    const flat = Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]);
    return { status: answer.statusCode, headers: Object.fromEntries(flat), body: answer.body, url: url.href };
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw error;
  }
}

/** A mistake of ours is not the network's: undici's errors and the system's have a code. */
export function isNetworkFailure(error: unknown): boolean {
  return systemCode(error) !== undefined || systemCode(error instanceof Error ? error.cause : undefined) !== undefined;
}
