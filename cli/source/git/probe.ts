import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { EnvHttpProxyAgent, request } from 'undici';
import type { Ctx } from '../../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import type { GitUrl } from '../git-url.ts';
import type { OpenOptions } from '../options.ts';
import { usernameOf } from './environment.ts';

export type ProbeResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly location: string | null;
      /** Whether the answer is a git server's. */
      readonly isGit: boolean;
    }
  /** A code of Node's or undici's: `ENOTFOUND`, `ECONNREFUSED`, `CERT_HAS_EXPIRED`. */
  | { readonly kind: 'failed'; readonly code: string };

const PROBE_MS = 10_000;
const ADVERTISEMENT = 'application/x-git-upload-pack-advertisement';

/** Asks a git server over http(s) what git asks it first, with the same proxy, certificates and credentials; follows nothing.
 *  Waits at most 10 seconds. Rejects with `signal.reason` on abort. Source: https://git-scm.com/docs/http-protocol */
export async function probeServer(url: GitUrl, options: OpenOptions, ctx: Ctx): Promise<ProbeResult> {
  const tls = { ca: await authorities(options) };
  // Behind a proxy `connect` does not count.
  const agent = new EnvHttpProxyAgent({ ...proxiesOf(options.env), connect: tls, requestTls: tls, proxyTls: tls });
  try {
    const answer = await request(`${url.text.replace(/\/+$/, '')}/info/refs?service=git-upload-pack`, {
      dispatcher: agent,
      headers: await authorization(url, options),
      signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(PROBE_MS)]),
    });
    const { location, 'content-type': type } = answer.headers;
    await answer.body.dump({ limit: 0 }).catch(() => undefined);
    return {
      kind: 'answered',
      status: answer.statusCode,
      location: typeof location === 'string' ? new URL(location, url.text).href : null,
      isGit: type === ADVERTISEMENT,
    };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof ToolError) throw error;
    return { kind: 'failed', code: codeOf(error) };
  } finally {
    await agent.destroy();
  }
}

/** The empty text, not absence, keeps undici from looking into the environment itself. */
function proxiesOf(env: OpenOptions['env']): { httpProxy: string; httpsProxy: string; noProxy: string } {
  const all = env.all_proxy ?? env.ALL_PROXY ?? '';
  return {
    httpProxy: env.http_proxy ?? all,
    httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? all,
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
  };
}

async function authorities({ caFile, env }: OpenOptions): Promise<string[]> {
  const file = caFile ?? env.GIT_SSL_CAINFO ?? env.SSL_CERT_FILE;
  if (file === undefined) return [...getCACertificates('default'), ...getCACertificates('system')];
  return [await readNamed(file, 'utf8')];
}

async function authorization(url: GitUrl, options: OpenOptions): Promise<Record<string, string>> {
  const credential = options.credentials[url.host];
  if (credential?.tokenFile === undefined) return {};
  const token = (await readNamed(credential.tokenFile, 'utf8')).split(/[\r\n]/, 1)[0] ?? '';
  return { authorization: `Basic ${Buffer.from(`${usernameOf(credential)}:${token}`).toString('base64')}` };
}

async function readNamed(path: string, encoding: 'utf8'): Promise<string> {
  return readFile(path, encoding).catch((cause: unknown) => {
    throw new ToolError('FILE_UNREADABLE', `Cannot read "${path}": ${systemCode(cause) ?? 'it cannot be opened'}`, {
      cause,
    });
  });
}

function codeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'ETIMEDOUT';
  return systemCode(error) ?? (error instanceof Error ? systemCode(error.cause) : undefined) ?? 'EUNKNOWN';
}
