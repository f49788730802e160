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

/** Connections, kept alive and used again; destroying it ends those too that are not made yet. The client is loaded here, and not before; what the
 *  environment names of authorities, hundreds of files on many machines, is read for the first server that has a certificate.
 *  @throws {ToolError} FILE_UNREADABLE for `caFile` */
export async function openDispatcher(network: Network, options: DispatcherOptions): Promise<Dispatcher> {
  const { proxies } = network;
  let read: Promise<Trusted> | undefined;
  const authorities = (): Promise<Trusted> => {
    read ??= readTrusted(network);
    return read;
  };
  // The client wants to know at once whom to trust behind a proxy; and a file that was named is missed at once.
  const isNeeded = proxies.http !== '' || proxies.https !== '' || network.caFile !== null;
  const [{ EnvHttpProxyAgent, buildConnector }, trusted] = await Promise.all([
    import('./http-client.ts'),
    isNeeded ? authorities() : {},
  ]);
  const tls = { ...trusted, ...(options.isInsecure ? { rejectUnauthorized: false } : {}) };
  // The client forgets a connection that a server has not answered, and the process would wait for it.
  const ended = new AbortController();
  const limits = { timeout: options.connectMs, signal: ended.signal };
  const agent = new EnvHttpProxyAgent({
    // An empty text, because `undefined` would let it read the process's environment instead of ours.
    httpProxy: proxies.http,
    httpsProxy: proxies.https,
    noProxy: proxies.none,
    connect: connector(buildConnector, authorities, {
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

/** Nothing: what Node trusts by itself. */
interface Trusted {
  readonly ca?: string[];
}

async function readTrusted(network: Network): Promise<Trusted> {
  const authorities = await readOwnAuthorities(network);
  return authorities.length === 0 ? {} : { ca: [...authorities] };
}

/** Reads the certificates once for all connections, and not before the first that needs them. */
function connector(
  build: typeof buildConnector,
  authorities: () => Promise<Trusted>,
  options: buildConnector.BuildOptions,
): buildConnector.connector {
  let secure: Promise<buildConnector.connector> | undefined;
  const plain = build(options);
  return (target, callback) => {
    if (target.protocol !== 'https:') return plain(target, callback);
    secure ??= authorities().then((trusted) => build({ ...options, secureContext: createSecureContext(trusted) }));
    secure.then(
      (connect) => connect(target, callback),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}
