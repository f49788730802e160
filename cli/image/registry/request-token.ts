import * as z from 'zod/mini';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { Reply } from '../../packages/exchange.ts';
import { parseJson } from '../json.ts';
import type { RegistryLogin } from './credentials.ts';
import { readBounded, refusal } from './registry-errors.ts';
import type { RegistryHttp, RegistryRequest } from './registry-http.ts';
import type { Scope } from './scopes.ts';

export interface TokenQuestion {
  readonly realm: string;
  readonly service: string | null;
  readonly scopes: readonly Scope[];
  readonly login: RegistryLogin | undefined;
  /** The registry that names the realm. */
  readonly registry: URL;
}

export interface Token {
  readonly value: string;
  readonly scopes: readonly Scope[];
  /** By `ctx.now()`. */
  readonly expiresAt: number;
}

const REFUSED = new Set([400, 401, 403]);

/** Asks the token server that a registry names. Where it refuses several scopes, it is asked for the first alone; the token has all of them then
 *  too, or each request would ask again for what was refused.
 *  @throws {ToolError} REGISTRY_AUTH (refused, or no token), REGISTRY_REFUSED (a realm to which no login may go), REGISTRY_UNREACHABLE
 *  Source: the token specification and the OAuth 2 one of Docker's distribution. */
export async function requestToken(question: TokenQuestion, http: RegistryHttp, ctx: Ctx): Promise<Token> {
  const realm = await checkedRealm(question, http);
  const reply = await http.send(requestFor(question, realm), ctx);
  if (isGood(reply)) return readToken(reply, question, ctx);
  const { scopes } = question;
  if (REFUSED.has(reply.status) && scopes.length > 1) {
    await reply.discard();
    return { ...(await requestToken({ ...question, scopes: scopes.slice(0, 1) }, http, ctx)), scopes };
  }
  throw await refusal(reply, `get a token for registry "${question.registry.host}"`);
}

async function checkedRealm({ realm, registry }: TokenQuestion, http: RegistryHttp): Promise<URL> {
  if (!URL.canParse(realm)) {
    throw new ToolError('REGISTRY_REFUSED', `Cannot get a token for registry "${registry.host}": its realm is no URL`);
  }
  const url = new URL(realm);
  url.username = '';
  url.password = '';
  await http.check(url, registry);
  return url;
}

const CLIENT = 'hibana';

/** An identity token goes in a form; a password as for any page. Nothing of either follows a redirect to another host. */
function requestFor({ service, scopes, login, registry }: TokenQuestion, realm: URL): RegistryRequest {
  // Without a name of its own the service is the registry itself, as OpenShift has it.
  const asked = service ?? registry.host;
  const common = { registry, staysOnHost: true };
  if (login?.kind === 'identity') {
    const form = { grant_type: 'refresh_token', service: asked, client_id: CLIENT, scope: scopes.join(' ') };
    const body = Buffer.from(new URLSearchParams({ ...form, refresh_token: login.token }).toString());
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { ...common, method: 'POST', url: realm, headers, body };
  }
  const url = new URL(realm);
  url.searchParams.set('service', asked);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return { ...common, method: 'GET', url, ...(login?.kind === 'basic' ? { authorization: basicHeader(login) } : {}) };
}

export function basicHeader({ user, password }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function isGood({ status }: Reply): boolean {
  return status >= 200 && status < 300;
}

const MAXIMUM_BYTES = 1_024 * 1_024;
const DEFAULT_SECONDS = 60;
/** A token is renewed a little before its end, because what is asked with it takes time too. */
const MARGIN_MS = 10_000;

const text = z.exactOptional(z.string());
const TokenSchema = z.looseObject({ token: text, access_token: text, expires_in: z.exactOptional(z.number()) });

async function readToken(reply: Reply, { scopes, registry }: TokenQuestion, ctx: Ctx): Promise<Token> {
  const answered = await readBounded(reply.body, MAXIMUM_BYTES).catch(() => undefined);
  ctx.signal.throwIfAborted();
  const parsed = TokenSchema.safeParse(answered && parseJson(answered));
  const value = parsed.data?.token || parsed.data?.access_token;
  // A header cannot hold what is no token.
  if (!value || /[^\x21-\x7e]/.test(value)) {
    const { host } = new URL(reply.url);
    throw new ToolError('REGISTRY_AUTH', `Cannot get a token for registry "${registry.host}": "${host}" gives none`);
  }
  const lifeMs = (parsed.data?.expires_in || DEFAULT_SECONDS) * 1_000;
  return { value, scopes, expiresAt: ctx.now() + lifeMs - Math.min(MARGIN_MS, lifeMs / 2) };
}
