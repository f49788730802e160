import type { Environment } from './machine.ts';

/** By which way packages come; empty texts where there is none. URLs may have credentials: for a connection or a child's environment only. */
export interface Proxies {
  readonly http: string;
  readonly https: string;
  /** Hosts that are reached without one, as NO_PROXY writes them. */
  readonly none: string;
  /** Who said it, for people; `null` when nobody did. */
  readonly from: string | null;
}

/** The variables that everybody reads go before pip's own setting, the lower case before the upper one, that of the scheme before the one for
 *  all. `pipProxy` is a setting of pip's files. */
export function readProxies(env: Environment, pipProxy: string | undefined): Proxies {
  const find = (names: readonly string[]): readonly [string, string] | undefined =>
    names.flatMap((name) => (env[name] ? [[name, env[name]] as const] : [])).at(0);
  const pip = find(['PIP_PROXY']) ?? (pipProxy === undefined ? undefined : (['pip.conf', pipProxy] as const));
  const all = find(['all_proxy', 'ALL_PROXY']) ?? pip;
  const http = find(['http_proxy', 'HTTP_PROXY']) ?? all;
  const https = find(['https_proxy', 'HTTPS_PROXY']) ?? all;
  return {
    http: usable(http?.[1]),
    https: usable(https?.[1]),
    none: find(['no_proxy', 'NO_PROXY'])?.[1] ?? '',
    from: (https ?? http)?.[0] ?? null,
  };
}

/** The variables of a child that does not know pip's setting. */
export function proxyVariables({ http, https }: Proxies): Environment {
  return { ...(http === '' ? {} : { HTTP_PROXY: http }), ...(https === '' ? {} : { HTTPS_PROXY: https }) };
}

/** `proxy:3128` is meant as http; `socks5h` looks names up over there, as our client always does. */
function usable(url: string | undefined): string {
  if (url === undefined) return '';
  return /^[a-z0-9+]+:\/\//i.test(url) ? url.replace(/^socks5h:/i, 'socks5:') : `http://${url}`;
}
