import type { Dispatcher } from 'undici';
import type { Ctx } from '../../runtime/core/context.ts';
import { authorizationFor } from './credentials.ts';
import { openDispatcher } from './dispatcher.ts';
import { exchange, isNetworkFailure, type Reply } from './exchange.ts';
import { downgradeError, networkError, statusError } from './http-errors.ts';
import type { IndexSettings } from './index-settings.ts';

export type { Reply } from './exchange.ts';

/** Talks to package indexes: proxies, authorities and credentials are those of the settings. */
export interface Http extends AsyncDisposable {
  /** Follows redirects; credentials go to their own host alone. Resolves for 2xx, 404 and 416; the body must be read or destroyed.
   *  @throws {ToolError} INDEX_AUTH (401, 403), INDEX_UNREACHABLE (no connection, silence, any other status); rejects with `signal.reason` */
  get(url: string, headers: Readonly<Record<string, string>>, ctx: Ctx): Promise<Reply>;
}

export interface HttpLimits {
  /** How long a server may say nothing. Default 60 s. */
  readonly silenceMs?: number;
}

const DEFAULT_SILENCE_MS = 60_000;
const CONNECT_MS = 30_000;
const MAXIMUM_REDIRECTS = 5;

/** Opens nothing before the first call. */
export function createHttp(settings: IndexSettings, limits: HttpLimits = {}): Http {
  const silenceMs = limits.silenceMs ?? DEFAULT_SILENCE_MS;
  const opened = new Map<boolean, Promise<Dispatcher>>();
  const dispatcherFor = (url: URL) => {
    const isInsecure = isInsecureHost(url, settings);
    const connectMs = Math.min(CONNECT_MS, silenceMs);
    const dispatcher = opened.get(isInsecure) ?? openDispatcher(settings, { connectMs, isInsecure });
    opened.set(isInsecure, dispatcher);
    return dispatcher;
  };
  return {
    get: (url, headers, ctx) => follow(url, headers, { settings, dispatcherFor, silenceMs }, ctx),
    [Symbol.asyncDispose]: async () => {
      // One that could not be opened has said so to whoever asked.
      const dispatchers = [...opened.values()].map((dispatcher) => dispatcher.catch(() => undefined));
      await Promise.all(dispatchers.map(async (dispatcher) => (await dispatcher)?.destroy()));
    },
  };
}

/** pip and uv take a host with its port or without. */
function isInsecureHost({ host, hostname }: URL, { insecureHosts }: IndexSettings): boolean {
  return insecureHosts.some((known) => known === host || known === hostname);
}

interface Connection {
  readonly settings: IndexSettings;
  readonly dispatcherFor: (url: URL) => Promise<Dispatcher>;
  readonly silenceMs: number;
}

async function follow(
  url: string,
  headers: Readonly<Record<string, string>>,
  connection: Connection,
  ctx: Ctx,
): Promise<Reply> {
  let current = new URL(url);
  for (let redirects = 0; ; redirects += 1) {
    const reply = await request(current, headers, connection, ctx);
    const location = reply.headers.location;
    const isRedirect = reply.status >= 300 && reply.status < 400 && location !== undefined;
    if (!isRedirect || redirects === MAXIMUM_REDIRECTS) return passed(reply, current);
    reply.body.on('error', () => {}).destroy();
    const next = new URL(location, current);
    if (current.protocol === 'https:' && next.protocol !== 'https:') throw downgradeError(current.host);
    current = next;
  }
}

async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { settings, dispatcherFor, silenceMs }: Connection,
  ctx: Ctx,
): Promise<Reply> {
  ctx.signal.throwIfAborted();
  const authorization = authorizationFor(url, settings.credentials);
  const sent = { ...headers, ...(authorization === undefined ? {} : { authorization }) };
  const dispatcher = await dispatcherFor(url);
  try {
    return await exchange({ method: 'GET', url, headers: sent, dispatcher, silenceMs }, ctx);
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!isNetworkFailure(error)) throw error;
    throw networkError(error, url.host);
  }
}

const PASSED_STATUS = new Set([404, 416]);

function passed(reply: Reply, url: URL): Reply {
  if ((reply.status >= 200 && reply.status < 300) || PASSED_STATUS.has(reply.status)) return reply;
  reply.body.on('error', () => {}).destroy();
  throw statusError(reply.status, url.host);
}
