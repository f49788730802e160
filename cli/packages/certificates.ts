import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { ToolError } from '../../runtime/core/errors.ts';
import type { IndexSettings } from './index-settings.ts';
import type { Environment } from './machine.ts';

/** What is trusted besides the authorities that Node trusts by itself, in PEM, each certificate once. The file of the option must be there; a file
 *  or a folder that the environment names need not.
 *  @throws {ToolError} FILE_UNREADABLE for `caFile` */
export async function readCertificates(
  settings: Pick<IndexSettings, 'caFile' | 'authorityFiles'>,
): Promise<readonly string[]> {
  const texts = await Promise.all([
    settings.caFile === null ? '' : readNamed(settings.caFile),
    ...[...new Set(settings.authorityFiles)].map((path) => readAny(path).catch(() => '')),
  ]);
  return [...new Set(texts.flatMap((text) => text.match(PEM) ?? []))];
}

/** Of a folder (SSL_CERT_DIR) what is named like a certificate, or like the hash of one. */
async function readAny(path: string): Promise<string> {
  if (!(await stat(path)).isDirectory()) return readFile(path, 'utf8');
  const names = (await readdir(path)).filter((name) => /\.(pem|crt|cer|\d+)$/.test(name));
  return (await Promise.all(names.map((name) => readFile(join(path, name), 'utf8').catch(() => '')))).join('\n');
}

/** Everything that is trusted, or nothing when Node's own authorities are all. @throws {ToolError} as readCertificates */
export async function readAuthorities(
  settings: Pick<IndexSettings, 'caFile' | 'authorityFiles'>,
): Promise<readonly string[]> {
  const own = await readCertificates(settings);
  return own.length === 0 ? [] : withoutRepeats([...getCACertificates('default'), ...own]);
}

/** As readAuthorities, for connections of this process; nothing where Node trusts all of it by itself: a list of its own is read anew, for as long as a
 *  whole request takes. @throws {ToolError} as readCertificates */
export async function readOwnAuthorities(
  settings: Pick<IndexSettings, 'caFile' | 'authorityFiles'>,
): Promise<readonly string[]> {
  const all = await readAuthorities(settings);
  const trusted = withoutRepeats(getCACertificates('default'));
  return all.length === trusted.length ? [] : all;
}

/** The same certificate may be written in lines of other lengths. */
function withoutRepeats(certificates: readonly string[]): readonly string[] {
  return [...new Map(certificates.map((pem) => [pem.replace(/\s/g, ''), pem])).values()];
}

/** The files and folders with authorities that the environment names; `pipCert` is a setting of pip's files. */
export function namedAuthorities(env: Environment, pipCert?: string): readonly string[] {
  const { NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE } = env;
  const pip = (env.PIP_CERT ?? '').trim() || pipCert;
  const named = [NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, pip];
  return [...named, ...(SSL_CERT_DIR ?? '').split(':')].flatMap((path) => path?.trim() || []);
}

const PEM = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

async function readNamed(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ToolError('FILE_UNREADABLE', `Cannot read the certificates in "${path}"`, { cause, details: { path } });
  }
}
