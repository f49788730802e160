/** How a registry wants to know who asks. */
export type Challenge =
  | { readonly kind: 'basic' }
  | {
      readonly kind: 'bearer';
      /** As the registry wrote it: nothing has been checked. */
      readonly realm: string;
      readonly service: string | null;
      /** `repository:team/app:pull`, … */
      readonly scopes: readonly string[];
      /** `invalid_token`, `insufficient_scope`. */
      readonly error: string | null;
    };

/** Reads WWW-Authenticate; of several challenges Bearer goes before Basic, and what else there is does not count. `undefined` where there is none.
 *  Source: RFC 9110, "Authentication"; the token specification of Docker's distribution. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const challenges = split(header ?? '');
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  if (bearer) {
    const { parameters } = bearer;
    return {
      kind: 'bearer',
      realm: parameters.get('realm') ?? '',
      service: parameters.get('service') ?? null,
      scopes: (parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== ''),
      error: parameters.get('error') ?? null,
    };
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}

interface Split {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

/** A parameter (`a=b`, `a="b"`), or else a word that begins a challenge. */
const PART = /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([\w-]+)/g;

function split(header: string): readonly Split[] {
  const found: Split[] = [];
  for (const [, name, quoted, bare, scheme] of header.matchAll(PART)) {
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else found.at(-1)?.parameters.set(name?.toLowerCase() ?? '', quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '');
  }
  return found;
}
