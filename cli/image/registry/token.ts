import type { Ctx } from '../../../runtime/core/context.ts';
import type { ImageRef } from '../../../runtime/core/image-ref.ts';
import type { Challenge } from './challenge.ts';
import type { RegistryCredentials, RegistryLogin } from './credentials.ts';
import type { RegistryHttp } from './registry-http.ts';
import { basicHeader, requestToken, type Token } from './request-token.ts';
import { areCovered, mergeScopes, type Scope } from './scopes.ts';
import { shareCalls } from './share-calls.ts';

export interface AuthorizationDeps {
  readonly http: RegistryHttp;
  readonly credentials: RegistryCredentials;
  /** As in the names of images: `docker.io`. */
  readonly registry: string;
}

/** What to say in `Authorization`, for one registry. */
export interface Authorization {
  /** For these scopes of a repository; `undefined` where the registry did not ask. Calls side by side share one token.
   *  @throws {ToolError} as requestToken and RegistryCredentials.find */
  header(question: AuthorizationQuestion, ctx: Ctx): Promise<string | undefined>;
  /** The same after a request with `used` was answered by 401: the challenge's own scopes go first, `used` counts no more. `undefined` when
   *  nothing else can be said. */
  renew(question: AuthorizationQuestion, used: string | undefined, ctx: Ctx): Promise<string | undefined>;
}

export interface AuthorizationQuestion {
  readonly challenge: Challenge | undefined;
  /** Where the registry is. */
  readonly origin: URL;
  readonly repository: ImageRef['repository'];
  readonly scopes: readonly Scope[];
}

export function createAuthorization(deps: AuthorizationDeps): Authorization {
  const tokens = new Set<Token>();
  const shareToken = shareCalls<Token>('forget');
  const shareLogin = shareCalls<RegistryLogin | undefined>('keep');

  const tokenFor = async (question: AuthorizationQuestion, login: RegistryLogin | undefined, ctx: Ctx) => {
    const { challenge, scopes, origin: registry } = question;
    if (challenge?.kind !== 'bearer') throw new Error('Only a Bearer challenge has a token');
    const known = [...tokens].find((token) => areCovered(scopes, token.scopes) && token.expiresAt > ctx.now());
    if (known) return known;
    const { realm, service } = challenge;
    const fetchToken = async (asking: Ctx): Promise<Token> => {
      const token = await requestToken({ realm, service, scopes, login, registry }, deps.http, asking);
      tokens.add(token);
      return token;
    };
    return shareToken(scopes.join(' '), fetchToken, ctx);
  };

  const header = async (question: AuthorizationQuestion, ctx: Ctx): Promise<string | undefined> => {
    const { challenge, repository } = question;
    if (challenge === undefined) return undefined;
    const { registry, credentials } = deps;
    const login = await shareLogin(repository, (asking) => credentials.find({ registry, repository }, asking), ctx);
    if (login?.kind === 'bearer') return `Bearer ${login.token}`;
    if (challenge.kind === 'basic') return login?.kind === 'basic' ? basicHeader(login) : undefined;
    return `Bearer ${(await tokenFor(question, login, ctx)).value}`;
  };

  return {
    header,
    renew: async (question, used, ctx) => {
      for (const token of tokens) if (`Bearer ${token.value}` === used) tokens.delete(token);
      const own = question.challenge?.kind === 'bearer' ? question.challenge.scopes : [];
      const next = await header({ ...question, scopes: mergeScopes(own, question.scopes) }, ctx);
      return next === used ? undefined : next;
    },
  };
}
