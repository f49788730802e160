import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import {
  type ScriptedReply,
  type ScriptedRequest,
  type ScriptedServer,
  startScriptedServer,
} from './scripted-server.ts';

export interface TokenServerOptions {
  /** Whose tokens the registry takes: the key, and the certificate by an authority that it knows. */
  readonly key: string;
  readonly cert: string;
  readonly service: string;
  readonly issuer: string;
  readonly login: { readonly username: string; readonly password: string };
  /** For what no token is given. Default for nothing. */
  readonly refuses?: (scope: string) => boolean;
}

export interface TokenServer extends AsyncDisposable {
  readonly realm: string;
  readonly server: ScriptedServer;
  /** Seconds; can be changed while it runs. Negative: expired for the registry, and nobody is told. */
  life: number;
}

/** A token server on 127.0.0.1, as the registries of Docker know it: who has the login gets what it asks for, everybody may pull. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const answer = (request: ScriptedRequest): ScriptedReply => {
    const { scopes, isKnown } = read(request, options);
    if (isKnown === false || scopes.some((scope) => options.refuses?.(scope))) return { status: 401 };
    const access = scopes.map((scope) => accessOf(scope, isKnown === true));
    const body = JSON.stringify({ token: tokenFor(access, options, started.life), expires_in: Math.abs(started.life) });
    return { status: 200, body };
  };
  const server = await startScriptedServer({ 'GET /token': answer, 'POST /token': answer });
  const started: TokenServer = {
    realm: `${server.url}/token`,
    server,
    life: 300,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return started;
}

/** The password is the identity token, too. `isKnown` is undefined for somebody without a login. */
function read(request: ScriptedRequest, { login: { username, password } }: TokenServerOptions) {
  if (request.method === 'POST') {
    const form = new URLSearchParams(request.body.toString());
    return { scopes: (form.get('scope') ?? '').split(' '), isKnown: form.get('refresh_token') === password };
  }
  const { authorization } = request.headers;
  const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const scopes = new URL(request.url, 'http://x').searchParams.getAll('scope');
  return { scopes, isKnown: authorization === undefined ? undefined : authorization === wanted };
}

function accessOf(scope: string, mayPush: boolean): object {
  const [type = '', name = '', actions = ''] = scope.split(':');
  return { type, name, actions: actions.split(',').filter((action) => mayPush || action === 'pull') };
}

/** A JSON Web Token as `docker-registry` wants it: with the certificate in its header. */
function tokenFor(access: readonly object[], { key, cert, service, issuer }: TokenServerOptions, life: number): string {
  const now = Math.floor(Date.now() / 1_000);
  const x5c = [new X509Certificate(cert).raw.toString('base64')];
  const times = { iat: now - 120, nbf: now - 120, exp: now + life - (life < 0 ? 60 : 0) };
  const claims = { iss: issuer, sub: 'clerk', aud: service, jti: randomUUID(), ...times, access };
  const parts = [{ typ: 'JWT', alg: 'ES256', x5c }, claims].map((part) => encode(JSON.stringify(part)));
  const signed = parts.join('.');
  const signature = sign('sha256', Buffer.from(signed), { key: createPrivateKey(key), dsaEncoding: 'ieee-p1363' });
  return `${signed}.${encode(signature)}`;
}

function encode(value: string | Buffer): string {
  return Buffer.from(value).toString('base64url');
}
