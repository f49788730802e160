import type { ImageRef } from '../../../runtime/core/image-ref.ts';
import { namedAuthorities } from '../../packages/certificates.ts';
import type { Network } from '../../packages/dispatcher.ts';
import type { Environment } from '../../packages/machine.ts';
import { readProxies } from '../../packages/proxies.ts';
import type { ImageStore } from '../image-store.ts';
import type { Referrers } from '../referrers.ts';
import { createCredentials } from './credentials.ts';
import type { Lookup } from './host-guard.ts';
import { createReferrers } from './referrers.ts';
import { createRegistryHttp, type RegistryLimits } from './registry-http.ts';
import { createRegistryStore } from './registry-store.ts';
import { createRepository, type RepositoryOptions } from './repository.ts';
import { createSession, type Session } from './session.ts';

export interface RegistriesDeps {
  readonly env: Environment;
  readonly home: string;
  /** Trusted besides the authorities that are trusted anyway. Default none. */
  readonly caFile?: string | null;
  /** With logins, instead of the places where docker and podman keep them. */
  readonly authFile?: string | null;
  /** Registries (`host` or `host:port`) that may be plain http; those on this machine may anyway. Default none. */
  readonly insecure?: readonly string[];
  readonly limits?: RegistryLimits;
  /** Default the system's. */
  readonly lookup?: Lookup;
}

/** All registries that a command talks to: one conversation with each, with its connections and tokens. */
export interface Registries extends AsyncDisposable {
  /** The store of a repository. Nothing is asked before its first call. */
  store(ref: Pick<ImageRef, 'registry' | 'repository'>, options?: RepositoryOptions): ImageStore;
  /** What is attached to the images of a repository. */
  referrers(ref: Pick<ImageRef, 'registry' | 'repository'>, options?: RepositoryOptions): Referrers;
}

export function createRegistries(deps: RegistriesDeps): Registries {
  const { env, home, caFile = null, authFile = null, insecure = [] } = deps;
  const http = createRegistryHttp(networkOf(env, caFile), deps.limits, deps.lookup);
  const credentials = createCredentials({ file: authFile, env, home });
  const sessions = new Map<string, Session>();
  const sessionOf = (registry: string): Session => {
    const isInsecure = insecure.includes(registry) || insecure.includes(registry.replace(/:\d+$/, ''));
    const session = sessions.get(registry) ?? createSession({ http, credentials, registry, isInsecure });
    sessions.set(registry, session);
    return session;
  };
  return {
    store: (ref, options = {}) => {
      return createRegistryStore({ ref, ...options }, { session: sessionOf(ref.registry), times: http });
    },
    referrers: (ref, options) => {
      return createReferrers(createRepository(sessionOf(ref.registry), ref.repository, options), http);
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

const THIS_MACHINE = ['localhost', '127.0.0.1', '::1'];

/** As the user set it for everything else; no proxy is asked for this machine, as with docker. */
function networkOf(env: Environment, caFile: string | null): Network {
  const proxies = readProxies(env, undefined);
  const none = proxies.none === '*' ? '*' : [proxies.none, ...THIS_MACHINE].filter((host) => host !== '').join(',');
  return { proxies: { ...proxies, none }, caFile, authorityFiles: namedAuthorities(env) };
}
