import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Addresses } from './addresses.ts';

const DAYS = '7';
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
/** openssl adds what its own configuration says, which differs from machine to machine: this one says nothing. */
const CONFIGURATION = '[req]\ndistinguished_name = name\nprompt = no\n[name]\n';
const CALLER = ['keyUsage = critical,digitalSignature', 'extendedKeyUsage = clientAuth'];

/** Who may call the API server, with the user that it is and its group. */
const CALLERS = [
  { name: 'admin', subject: '/O=system:masters/CN=admin' },
  { name: 'kubelet', subject: '/O=system:nodes/CN=system:node:node' },
  { name: 'kube-controller-manager', subject: '/CN=system:kube-controller-manager' },
  { name: 'kube-scheduler', subject: '/CN=system:kube-scheduler' },
  { name: 'kube-proxy', subject: '/CN=system:kube-proxy' },
  { name: 'coredns', subject: '/CN=system:coredns' },
] as const;

export type Caller = (typeof CALLERS)[number]['name'];

/** Makes an authority in `folder`, a key for the tokens of service accounts (`accounts.key`), a certificate each for the API server and for its
 *  calls of the kubelet (`apiserver`, `apiserver-kubelet`), and a kubeconfig for everybody who calls the API server (`admin.kubeconfig`). */
export async function makeCertificates(folder: string, addresses: Addresses): Promise<void> {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): Promise<unknown> => promisify(execFile)('openssl', [...args]);
  await writeFile(file('openssl.conf'), CONFIGURATION);
  const certificate = (name: string, subject: string, signed: readonly string[], extensions: readonly string[]) => {
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`), '-days', DAYS, '-subj', subject];
    const added = extensions.flatMap((text) => ['-addext', text]);
    return openssl('req', '-x509', '-config', file('openssl.conf'), ...CURVE, ...out, ...signed, ...added);
  };
  const authority = ['basicConstraints = critical,CA:TRUE', 'keyUsage = critical,keyCertSign,digitalSignature'];
  await certificate('ca', '/CN=a cluster of a test', [], authority);
  const byAuthority = ['-CA', file('ca.crt'), '-CAkey', file('ca.key')];
  await Promise.all([
    openssl('genrsa', '-out', file('accounts.key'), '2048'),
    certificate('apiserver', '/CN=kube-apiserver', byAuthority, [
      'extendedKeyUsage = serverAuth',
      `subjectAltName = ${names(addresses)}`,
    ]),
    certificate('apiserver-kubelet', '/CN=apiserver-kubelet', byAuthority, CALLER),
    ...CALLERS.map(({ name, subject }) => certificate(name, subject, byAuthority, CALLER)),
  ]);
  await Promise.all(CALLERS.map(({ name }) => writeKubeconfig(folder, name, addresses)));
}

function names({ node, apiService }: Addresses): string {
  const short = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  return [`IP:${node}`, `IP:${apiService}`, ...short.map((name) => `DNS:${name}`)].join(',');
}

/** With everything in it: it can be copied anywhere. */
async function writeKubeconfig(folder: string, caller: Caller, { apiServer }: Addresses): Promise<void> {
  const data = async (name: string): Promise<string> => (await readFile(join(folder, name))).toString('base64');
  const cluster = { server: apiServer, 'certificate-authority-data': await data('ca.crt') };
  const key = await data(`${caller}.key`);
  const user = { 'client-certificate-data': await data(`${caller}.crt`), 'client-key-data': key };
  const text = JSON.stringify(kubeconfigOf(cluster, user, caller));
  await writeFile(join(folder, `${caller}.kubeconfig`), text, { mode: 0o600 });
}

/** A kubeconfig of one cluster and one user; JSON is YAML. */
export function kubeconfigOf(cluster: object, user: object, name: string, namespace = 'default'): object {
  return {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
    clusters: [{ name: 'test', cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: 'test', user: name, namespace } }],
  };
}
