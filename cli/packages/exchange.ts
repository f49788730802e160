import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { Ctx } from '../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../runtime/core/errors.ts';

export interface Reply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Readable;
  /** That of the request which it answers. */
  readonly url: string;
  /** Lets the body go: a short one is read, so that the connection can be used again from then on. Never rejects. */
  readonly discard: () => Promise<void>;
}

export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
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
      // Without it the client ends a connection after each HEAD.
      reset: false,
    });
    const flat = Object.entries(answer.headers).map(([name, value]) => [name, oneValue(name, value)]);
    const { statusCode: status, body: answered } = answer;
    const discard = async (): Promise<void> => {
      await answered
        .on('error', () => {})
        .dump()
        .catch(() => {});
      // The client gives a connection back one turn later; who asks at once would get another one.
      await nextTurn();
    };
    return { status, headers: Object.fromEntries(flat), body: answered, url: url.href, discard };
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw error;
  }
}

/** Headers that are lists may come in several lines. */
const LISTS = new Set(['www-authenticate', 'link']);

function oneValue(name: string, value: string | string[] | undefined): string | undefined {
  if (!Array.isArray(value)) return value;
  return LISTS.has(name) ? value.join(', ') : value[0];
}

/** A mistake of ours is not the network's: undici's errors and the system's have a code. */
export function isNetworkFailure(error: unknown): boolean {
  if (error instanceof ToolError) return false;
  return systemCode(error) !== undefined || systemCode(error instanceof Error ? error.cause : undefined) !== undefined;
}
