import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { ImageRef } from '../../../runtime/core/image-ref.ts';
import type { Reply } from '../../packages/exchange.ts';
import { type Challenge, parseChallenge } from './challenge.ts';
import { isLoopback } from './host-guard.ts';
import type { RegistryRequest } from './registry-http.ts';
import type { Scope } from './scopes.ts';
import { shareCalls } from './share-calls.ts';
import { type AuthorizationDeps, createAuthorization } from './token.ts';

export interface SessionRequest extends Omit<RegistryRequest, 'url' | 'registry' | 'authorization'> {
  /** `/v2/…` of the registry, or where it said to go. */
  readonly target: string | URL;
  readonly repository: ImageRef['repository'];
  readonly scopes: readonly Scope[];
}

/** The conversation with one registry: where it is, and who asks. */
export interface Session {
  readonly registry: string;
  /** As RegistryHttp.send(), with what the registry wants for authorization; 401 is a reply when nothing else helped. A target on another host
   *  gets no authorization. @throws {ToolError} as RegistryHttp.send(), requestToken and RegistryCredentials.find */
  send(request: SessionRequest, ctx: Ctx): Promise<Reply>;
}

export interface SessionDeps extends AuthorizationDeps {
  /** Whether it may be plain http; a registry on this machine always may. */
  readonly isInsecure: boolean;
}

interface Opening {
  readonly origin: URL;
  readonly status: number;
  /** Another server answered. */
  readonly isMoved: boolean;
  readonly challenge: Challenge | undefined;
}

/** A registry that refuses what it has just given goes on doing so. */
const MAXIMUM_RENEWALS = 2;
const UNAUTHORIZED = 401;

export function createSession(deps: SessionDeps): Session {
  const authorization = createAuthorization(deps);
  const share = shareCalls<Opening>('keep');
  // There are registries that say only later that they want to know who asks.
  let latest: Challenge | undefined;
  return {
    registry: deps.registry,
    send: async ({ target, repository, scopes, ...rest }, ctx) => {
      const { origin, challenge } = await share('', (opening) => openSession(deps, opening), ctx);
      const url = target instanceof URL ? target : new URL(target, origin);
      if (target instanceof URL) await deps.http.check(url, origin);
      const request = { ...rest, url, registry: origin };
      if (url.origin !== origin.origin) return deps.http.send(request, ctx);
      let question = { challenge: challenge ?? latest, origin, repository, scopes };
      let header = await authorization.header(question, ctx);
      for (let renewals = 0; ; renewals += 1) {
        const reply = await deps.http.send({ ...request, authorization: header }, ctx);
        const isOurs = reply.status === UNAUTHORIZED && new URL(reply.url).origin === origin.origin;
        if (!isOurs || renewals === MAXIMUM_RENEWALS) return reply;
        latest = parseChallenge(reply.headers['www-authenticate']) ?? challenge ?? latest;
        question = { ...question, challenge: latest };
        const next = await authorization.renew(question, header, ctx);
        if (next === undefined) return reply;
        await reply.discard();
        header = next;
      }
    },
  };
}

const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_API = 'registry-1.docker.io';

/** Asks whether there is a registry, and how it wants to know who asks. Over TLS first; on this machine, where nobody listens in between and few have a
 *  certificate, the other way round. */
async function openSession(deps: SessionDeps, ctx: Ctx): Promise<Opening> {
  const host = deps.registry === DOCKER_HUB ? DOCKER_HUB_API : deps.registry;
  const [secure, plain] = [new URL(`https://${host}`), new URL(`http://${host}`)];
  const isHere = isLoopback(secure);
  // Without a port it is another server that listens for plain http.
  const early = isHere && plain.port !== '' ? await pingPlainly(plain, deps, ctx) : undefined;
  if (early !== undefined && early.status !== BAD_REQUEST) return early;
  const mayBePlain = isHere || deps.isInsecure;
  try {
    return await ping(secure, mayBePlain, deps, ctx);
  } catch (error) {
    if (!mayBePlain || !hasNoTls(error)) throw error;
    return early ?? (await ping(plain, false, deps, ctx));
  }
}

/** What servers with TLS answer to who speaks plainly. */
const BAD_REQUEST = 400;

/** `undefined`: whoever listens there does not understand, sends us to where there is TLS, or fails, which it may no longer do when TLS was tried. */
async function pingPlainly(plain: URL, deps: SessionDeps, ctx: Ctx): Promise<Opening | undefined> {
  try {
    const opening = await ping(plain, true, deps, ctx);
    return opening.isMoved ? undefined : opening;
  } catch (error) {
    const hasFailed = error instanceof ToolError && Number(error.details.status) >= SERVER_ERROR;
    if (!hasFailed && (!isUnreachable(error) || error.details.errno === 'ECONNREFUSED')) throw error;
    return undefined;
  }
}

function isUnreachable(error: unknown): error is ToolError {
  return error instanceof ToolError && error.code === 'REGISTRY_UNREACHABLE';
}

/** Whatever is no certificate that was refused: another server may listen there without TLS. */
function hasNoTls(error: unknown): boolean {
  if (!isUnreachable(error)) return false;
  const { errno } = error.details;
  return typeof errno === 'string' && PLAIN_SIGNS.has(errno);
}

const PLAIN_SIGNS = new Set([
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ECONNREFUSED',
  'UND_ERR_SOCKET',
]);

const NO_REGISTRY = new Set([404, 405]);
const SERVER_ERROR = 500;

async function ping(origin: URL, isOnce: boolean, { http, registry }: SessionDeps, ctx: Ctx): Promise<Opening> {
  const reply = await http.send({ method: 'GET', url: new URL('/v2/', origin), registry: origin, isOnce }, ctx);
  await reply.discard();
  const details = { host: origin.host, status: reply.status };
  if (NO_REGISTRY.has(reply.status)) {
    const hint = 'Check host and port of the registry';
    throw new ToolError('REGISTRY_REFUSED', `Cannot use "${registry}": there is no registry`, { details, hint });
  }
  if (reply.status >= SERVER_ERROR) {
    throw new ToolError('REGISTRY_REFUSED', `Cannot use registry "${registry}": it answered ${reply.status}`, {
      details,
    });
  }
  // One that answers anything else may still answer what it is asked.
  const isAsked = reply.status === UNAUTHORIZED;
  const challenge = isAsked ? parseChallenge(reply.headers['www-authenticate']) : undefined;
  return { origin, status: reply.status, isMoved: new URL(reply.url).origin !== origin.origin, challenge };
}
