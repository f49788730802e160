import { createHash, X509Certificate } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { TRUST_STORE_PASSWORD } from '../../runtime/core/java-options.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import { readCertificates } from '../packages/certificates.ts';
import { exists } from '../packages/exists.ts';
import { runChild } from '../toolchain/child.ts';
import type { PackageSource, ToolchainDeps } from '../toolchain/deps.ts';
import { encodeTrustStore } from './jks.ts';

/** A trust store for JVMs in the cache: what the Java at `java` (JAVA_HOME) trusts, and the authorities that `--ca-file` and the environment name.
 *  `null` when none are named: then every JVM keeps its own.
 *  @throws {ToolError} FILE_UNREADABLE for `--ca-file`, and what the cache throws */
export async function prepareTrustStore(
  java: string,
  source: PackageSource,
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<string | null> {
  const settings = await source.settings(ctx);
  const named = [...(settings.caFile === null ? [] : [settings.caFile]), ...new Set(settings.authorityFiles)];
  const states = (await Promise.all(named.map(stateOf))).filter((state) => state !== null);
  // The file of the option must be there: reading it says so.
  if (settings.caFile !== null && (await stateOf(settings.caFile)) === null) await readCertificates(settings);
  if (states.length === 0) return null;
  const authorities = await authoritiesFile(java);
  const trustedByJava = authorities === undefined ? null : await stateOf(authorities);
  const facts = JSON.stringify({ format: FORMAT, states, trustedByJava });
  const key = createHash('sha256').update(facts).digest('hex').slice(0, KEY_LENGTH);
  const entry = {
    cache: deps.cache,
    key: `trust-stores/${key}`,
    what: "Java's trust store",
    step: 'toolchain',
    pid: deps.pid,
  } as const;
  const make = async (dir: string) => {
    const own = await readCertificates(settings);
    const trusted = authorities === undefined ? [] : await listAuthorities(java, authorities, deps, ctx);
    const certificates = [...new Set([...own, ...trusted])].flatMap(readCertificate);
    await writeFile(join(dir, FILE), encodeTrustStore([...new Map(certificates).values()]));
  };
  return join(await withCacheEntry(entry, make, ctx), FILE);
}

const FILE = 'trust.jks';
/** Changes when what is kept in an entry does. */
const FORMAT = 1;
const KEY_LENGTH = 40;

/** Reading hundreds of certificates takes longer than all the rest of a warm start: an unchanged file or folder is known by its state. */
async function stateOf(path: string): Promise<readonly unknown[] | null> {
  return stat(path).then(
    ({ size, mtimeMs, ino }) => [path, size, mtimeMs, ino],
    () => null,
  );
}

/** Java 8 has it in its `jre`. */
async function authoritiesFile(java: string): Promise<string | undefined> {
  for (const home of [java, join(java, 'jre')]) {
    const path = join(home, 'lib', 'security', 'cacerts');
    if (await exists(path)) return path;
  }
  return undefined;
}

/** keytool as a class: a minimal Java has no program of that name. */
async function listAuthorities(
  java: string,
  keystore: string,
  { env, extraEnv }: ToolchainDeps,
  ctx: Ctx,
): Promise<readonly string[]> {
  const list = ['-list', '-rfc', '-keystore', keystore, '-storepass', TRUST_STORE_PASSWORD];
  const command = {
    file: join(java, 'bin', 'java'),
    args: ['-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', 'sun.security.tools.keytool.Main', ...list],
    env: { ...env, ...extraEnv, JAVA_TOOL_OPTIONS: undefined, JDK_JAVA_OPTIONS: undefined },
    deadlineMs: DEADLINE_MS,
  };
  const { status, stdout, lastLines } = await runChild(command, ctx);
  if (status === 0) return stdout.match(PEM) ?? [];
  throw new ToolError(
    'JAVA_UNSUPPORTED',
    `Cannot read what the Java at "${java}" trusts: keytool ended with ${status}`,
    {
      hint: 'Name another Java with --java, or leave --ca-file out',
      details: { java, lastLines: [...stdout.split('\n'), ...lastLines].slice(-KEPT_LINES) },
    },
  );
}

const DEADLINE_MS = 60_000;
const KEPT_LINES = 10;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** By its fingerprint, so that each is there once; what is no certificate is left out, as curl and Node do with such a block. */
function readCertificate(pem: string): readonly (readonly [string, Buffer])[] {
  try {
    const { fingerprint256, raw } = new X509Certificate(pem.replaceAll('TRUSTED CERTIFICATE', 'CERTIFICATE'));
    return [[fingerprint256, raw]];
  } catch {
    return [];
  }
}
