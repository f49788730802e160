import { createSecureContext } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import { readOwnAuthorities } from './certificates.ts';
import type { IndexSettings } from './index-settings.ts';

/** By which way a server is reached, and whose certificates count. */
export type Network = Pick<IndexSettings, 'proxies' | 'caFile' | 'authorityFiles'>;

export interface DispatcherOptions {
  /** How long a server may say nothing before there is a connection. */
  readonly connectMs: number;
  /** Whatever certificate the server has. Default false. */
  readonly isInsecure?: boolean;
  /** Only HTTP/1.1, whatever the server offers. Default false. */
  readonly onlyHttp1?: boolean;
}

/** Connections, kept alive and used again; destroying it ends those too that are not made yet. The client is loaded here, and not before.
 *  @throws {ToolError} FILE_UNREADABLE for `caFile` */
export async function openDispatcher(network: Network, options: DispatcherOptions): Promise<Dispatcher> {
  const { proxies } = network;
  const [{ EnvHttpProxyAgent, buildConnector }, authorities] = await Promise.all([
    import('./http-client.ts'),
    readOwnAuthorities(network),
  ]);
  const trusted = authorities.length === 0 ? {} : { ca: [...authorities] };
  const tls = { ...trusted, ...(options.isInsecure ? { rejectUnauthorized: false } : {}) };
  // The client forgets a connection that a server has not answered, and the process would wait for it.
  const ended = new AbortController();
  const limits = { timeout: options.connectMs, signal: ended.signal };
  const agent = new EnvHttpProxyAgent({
    // An empty text, because `undefined` would let it read the process's environment instead of ours.
    httpProxy: proxies.http,
    httpsProxy: proxies.https,
    noProxy: proxies.none,
    connect: connector(buildConnector, trusted, {
      ...limits,
      allowH2: options.onlyHttp1 !== true,
      rejectUnauthorized: options.isInsecure !== true,
    }),
    requestTls: { ...tls, ...limits },
    proxyTls: { ...trusted, ...limits },
    ...(options.onlyHttp1 ? { allowH2: false } : {}),
  });
  const { destroy } = agent;
  // As the client declares it: with and without a callback.
  agent.destroy = ((...args: readonly unknown[]) => {
    ended.abort();
    return Reflect.apply(destroy, agent, args);
  }) as typeof destroy;
  return agent;
}

/** Reads the certificates once for all connections, and not before the first that needs them. */
function connector(
  build: typeof buildConnector,
  trusted: { readonly ca?: string[] },
  options: buildConnector.BuildOptions,
): buildConnector.connector {
  let secure: buildConnector.connector | undefined;
  const plain = build(options);
  return (target, callback) => {
    if (target.protocol !== 'https:') return plain(target, callback);
    secure ??= build({ ...options, secureContext: createSecureContext(trusted) });
    return secure(target, callback);
  };
}
