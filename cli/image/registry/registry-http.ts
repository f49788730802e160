import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { type Network, openDispatcher } from '../../packages/dispatcher.ts';
import { type Exchange, exchange, isNetworkFailure, type Reply } from '../../packages/exchange.ts';
import { connectionFailure } from '../../packages/http-errors.ts';
import { checkTarget, type Lookup, systemLookup } from './host-guard.ts';
import { unreachable } from './registry-errors.ts';
import { openBody, type RequestBody } from './request-body.ts';
import { isRetried, waitBefore } from './retry-after.ts';

export interface RegistryRequest {
  readonly method: Exchange['method'];
  readonly url: URL;
  /** The registry that sent us there: redirects are judged by it. */
  readonly registry: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes to the origin of `url` alone, behind no redirect to another one. */
  readonly authorization?: string | undefined;
  readonly body?: RequestBody;
  /** Whether nothing of it may go to another origin. Default false. */
  readonly staysOnHost?: boolean;
  /** Whether it is sent once only, whatever comes. Default false. */
  readonly isOnce?: boolean;
  /** Whether the registry may take long to answer, because it has all of a blob to move. Default false. */
  readonly isLong?: boolean;
}

/** Talks to registries: by the user's proxies and authorities, by connections that are used again. */
export interface RegistryHttp extends AsyncDisposable {
  /** Any status is a reply, after up to three tries for those that pass (and for a cut connection); its body must be read or let go. Follows
   *  redirects, each judged by checkTarget.
   *  @throws {ToolError} REGISTRY_UNREACHABLE (no connection, silence, cut again and again), REGISTRY_REFUSED (a redirect that goes too far);
   *  rejects with what the opening of a body rejects with, and with `signal.reason` */
  send(request: RegistryRequest, ctx: Ctx): Promise<Reply>;
  /** As send() judges a redirect. @throws {ToolError} REGISTRY_REFUSED */
  check(target: URL, registry: URL): Promise<void>;
  /** For those who begin again by themselves: the waits between tries, and how they pass. */
  readonly retryWaitsMs: readonly number[];
  readonly pause: (ms: number, ctx: Ctx) => Promise<void>;
}

export interface RegistryLimits {
  /** How long a registry may say nothing. Default 60 s. */
  readonly silenceMs?: number;
  /** The same after it has got all of a blob, which it then has to move. Default 5 min. */
  readonly commitMs?: number;
  /** Between the tries: there is one try more. Default 1 s and 3 s. */
  readonly retryWaitsMs?: readonly number[];
  /** How such a time passes. */
  readonly pause?: (ms: number, ctx: Ctx) => Promise<void>;
}

/** The timer's own rejection has the reason only as its cause. */
const pause = (ms: number, { signal }: Ctx): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
const DEFAULT_LIMITS = { silenceMs: 60_000, commitMs: 5 * 60_000, retryWaitsMs: [1_000, 3_000], pause };
const CONNECT_MS = 30_000;
const MAXIMUM_REDIRECTS = 5;

/** Opens nothing before the first call. */
export function createRegistryHttp(
  network: Network,
  limits: RegistryLimits = {},
  lookup: Lookup = systemLookup,
): RegistryHttp {
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  let opened: Promise<Dispatcher> | undefined;
  const connect = () => {
    // HTTP/2 brings nothing to a few large bodies, and one more way to fail.
    opened ??= openDispatcher(network, { connectMs: Math.min(CONNECT_MS, bounds.silenceMs), onlyHttp1: true });
    return opened;
  };
  const client: Client = { ...bounds, connect, lookup };
  return {
    send: (request, ctx) => sendAndRetry(request, client, ctx),
    check: (target, registry) => checkTarget(target, registry, lookup),
    retryWaitsMs: bounds.retryWaitsMs,
    pause: bounds.pause,
    [Symbol.asyncDispose]: async () => {
      await (await opened?.catch(() => undefined))?.destroy();
    },
  };
}

interface Client extends Required<RegistryLimits> {
  readonly connect: () => Promise<Dispatcher>;
  readonly lookup: Lookup;
}

async function sendAndRetry(request: RegistryRequest, client: Client, ctx: Ctx): Promise<Reply> {
  const waits = request.isOnce ? [] : client.retryWaitsMs;
  for (const waitMs of waits) {
    try {
      const reply = await follow(request, client, ctx);
      const pauseMs = isRetried(reply.status) ? waitBefore(reply, waitMs, ctx) : undefined;
      if (pauseMs === undefined) return reply;
      await reply.discard();
      await client.pause(pauseMs, ctx);
    } catch (error) {
      if (!isCut(error)) throw translated(error, request.url);
      await client.pause(waitMs, ctx);
    }
  }
  return follow(request, client, ctx).catch((error) => {
    throw translated(error, request.url);
  });
}

/** What another try may mend. */
const CUT = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT', 'EAI_AGAIN', 'UND_ERR_SOCKET']);

function isCut(error: unknown): boolean {
  return isNetworkFailure(error) && CUT.has(connectionFailure(error).errno);
}

/** Whether send() threw this because the connection was cut each time. */
export function isCutError(error: unknown): boolean {
  if (!(error instanceof ToolError) || error.code !== 'REGISTRY_UNREACHABLE') return false;
  return typeof error.details.errno === 'string' && CUT.has(error.details.errno);
}

function translated(error: unknown, url: URL): unknown {
  return isNetworkFailure(error) ? unreachable(error, url.host) : error;
}

async function follow(request: RegistryRequest, client: Client, ctx: Ctx): Promise<Reply> {
  let { url } = request;
  for (let redirects = 0; ; redirects += 1) {
    const reply = await sendOnce({ ...request, url }, request.url.origin, client, ctx);
    const next = redirectOf(reply, request.method);
    const isTooFar = request.staysOnHost && next?.origin !== request.url.origin;
    if (next === undefined || isTooFar || redirects === MAXIMUM_REDIRECTS) return reply;
    await reply.discard();
    await checkTarget(next, request.registry, client.lookup);
    url = next;
  }
}

async function sendOnce(request: RegistryRequest, ownOrigin: string, client: Client, ctx: Ctx): Promise<Reply> {
  const { method, url, headers = {}, authorization, body } = request;
  const dispatcher = await client.connect();
  await using opened = body === undefined ? undefined : await openBody(body, ctx);
  const sent = {
    ...headers,
    ...(authorization !== undefined && url.origin === ownOrigin ? { authorization } : {}),
  };
  const silenceMs = request.isLong ? client.commitMs : client.silenceMs;
  return await exchange({ method, url, headers: sent, body: opened?.content, dispatcher, silenceMs }, ctx);
}

const KEEPS_METHOD = new Set([307, 308]);
const CHANGES_METHOD = new Set([301, 302, 303]);

/** Where a reply sends us; nowhere if that would make another request of it. */
function redirectOf(reply: Reply, method: Exchange['method']): URL | undefined {
  const { location } = reply.headers;
  const isRead = method === 'GET' || method === 'HEAD';
  const isRedirect = KEEPS_METHOD.has(reply.status) || (isRead && CHANGES_METHOD.has(reply.status));
  if (!isRedirect || location === undefined || !URL.canParse(location, reply.url)) return undefined;
  return new URL(location, reply.url);
}
