import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ServerCertificate {
  /** The authority that nobody knows yet: a PEM file. */
  readonly caFile: string;
  readonly key: string;
  readonly cert: string;
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes a certificate authority in `folder`, and a certificate of it for a server on 127.0.0.1, and under these names (`IP:10.0.0.1`). */
export function makeCertificate(folder: string, names: readonly string[] = []): ServerCertificate {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', [...args, '-days', '2'], { stdio: 'pipe' });
  openssl('req', '-x509', ...CURVE, '-subj', '/CN=Test authority', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  const request = [
    'req',
    ...CURVE,
    '-subj',
    '/CN=localhost',
    '-keyout',
    file('server.key'),
    '-out',
    file('server.csr'),
  ];
  execFileSync('openssl', request, { stdio: 'pipe' });
  writeFileSync(file('names'), `subjectAltName=${['IP:127.0.0.1', 'DNS:localhost', ...names].join(',')}`);
  const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('names')];
  openssl('x509', '-req', '-in', file('server.csr'), ...signed, '-out', file('server.pem'));
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  return { caFile: file('ca.pem'), key: read('server.key'), cert: read('server.pem') };
}
