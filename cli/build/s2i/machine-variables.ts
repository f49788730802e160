import type { Environment } from '../../packages/machine.ts';
import { proxyVariables, readProxies } from '../../packages/proxies.ts';

/** What a container has to know of the network that this machine is in: its proxies, and where the authorities are. `authorities` is a path in the
 *  container; `null` leaves it to the builder. */
export function machineVariables(env: Environment, authorities: string | null): Readonly<Record<string, string>> {
  const proxies = readProxies(env, undefined);
  const said = { ...proxyVariables(proxies), ...(proxies.none === '' ? {} : { NO_PROXY: proxies.none }) };
  const both = Object.entries(said).flatMap(([name, value = '']) => [
    [name, value],
    [name.toLowerCase(), value],
  ]);
  return {
    ...Object.fromEntries(both),
    ...Object.fromEntries(AUTHORITY_VARIABLES.flatMap((name) => (authorities === null ? [] : [[name, authorities]]))),
  };
}

/** Of OpenSSL and what follows it, of curl, git, pip, requests and Node. */
const AUTHORITY_VARIABLES = [
  'SSL_CERT_FILE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'PIP_CERT',
  'REQUESTS_CA_BUNDLE',
  'NODE_EXTRA_CA_CERTS',
];
