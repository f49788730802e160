import type { Ctx } from '../../../runtime/core/context.ts';
import { type ErrorCode, redact, ToolError } from '../../../runtime/core/errors.ts';
import { displayUrl, type GitUrl, withRefApart } from '../git-url.ts';
import type { OpenOptions } from '../options.ts';
import { type Meaning, meaningOfText } from './messages.ts';
import { type ProbeResult, probeServer } from './probe.ts';
import type { GitResult } from './run-git.ts';

const KEPT_LINES = 8;
const KEPT_LENGTH = 300;

/** Why git failed: asks the server over HTTP itself, because git ends with 128 whatever it was; what git wrote goes to the log. */
export async function explainFailure(
  result: GitResult,
  url: GitUrl,
  options: OpenOptions,
  ctx: Ctx,
): Promise<ToolError> {
  const lines = lastLines(result.stderr);
  for (const line of lines) ctx.emit({ type: 'log', step: 'source', line });
  const probed = url.scheme === 'ssh' ? undefined : meaningOfProbe(await probeServer(url, options, ctx), url, options);
  const meaning = probed ??
    meaningOfText(result.stderr, url.host) ?? { code: 'GIT_FAILED', state: `git ended with status ${result.exitCode}` };
  const { code, state, location } = meaning;
  const hint = refHint(code, url) ?? meaning.hint;
  return new ToolError(code, `Cannot fetch "${displayUrl(url.text)}": ${state}`, {
    cause: new Error(`git ended with status ${result.exitCode}: ${lines.join(' | ')}`),
    details: { url: url.text, exitCode: result.exitCode, ...(location === undefined ? {} : { location }) },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Other programs write a ref behind an "@". A server may hide behind its 401 that there is no such repository. */
function refHint(code: ErrorCode, { text }: GitUrl): string | undefined {
  const meant = code === 'GIT_NOT_FOUND' || code === 'GIT_AUTH' ? withRefApart(text) : undefined;
  return meant === undefined ? undefined : `Write a branch, a tag or a commit after "#": ${meant}`;
}

/** `undefined` when the server answers this as git wants it: then it is something else. */
function meaningOfProbe(probe: ProbeResult, url: GitUrl, options: OpenOptions): Meaning | undefined {
  if (probe.kind === 'failed') return meaningOfSystemCode(probe.code, url);
  const { status, location } = probe;
  const hasToken = options.credentials[url.host]?.tokenFile !== undefined;
  if (status === 401 || status === 403) {
    const state = hasToken
      ? `the server refused the credentials for ${url.host} (${status})`
      : `it is private or does not exist (${status}, no credentials for ${url.host})`;
    return {
      code: 'GIT_AUTH',
      state,
      ...(hasToken ? { hint: 'Check that the token is valid and may read this repository' } : {}),
    };
  }
  if (status >= 300 && status < 400) {
    const to = location ?? 'another place';
    return {
      code: 'GIT_NOT_FOUND',
      state: `it has moved to ${displayUrl(to)}`,
      location: to,
      hint: 'Give the new URL',
    };
  }
  if (status === 404 || status === 410)
    return { code: 'GIT_NOT_FOUND', state: `the server has no such repository (${status})` };
  if (status >= 400) return { code: 'GIT_UNREACHABLE', state: `the server answered ${status}` };
  return probe.isGit ? undefined : { code: 'GIT_NOT_FOUND', state: 'what answers there is no git repository' };
}

const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH)/;

/** Of OpenSSL, where the first bytes of an answer are not those of TLS. */
const NO_TLS = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL)$/;

function meaningOfSystemCode(systemCode: string, url: GitUrl): Meaning {
  if (systemCode === 'ENOTFOUND' || systemCode === 'EAI_AGAIN') {
    return { code: 'GIT_HOST_UNKNOWN', state: `the host ${url.host} is not known (${systemCode})` };
  }
  if (NO_TLS.test(systemCode)) {
    const hint = 'Check scheme and port of the URL: https:// is for a server that speaks TLS';
    return { code: 'GIT_TLS', state: `${url.host} does not speak TLS there (${systemCode})`, hint };
  }
  const code: ErrorCode = TLS.test(systemCode) ? 'GIT_TLS' : 'GIT_UNREACHABLE';
  const state = code === 'GIT_TLS' ? 'its certificate is not trusted' : `${url.host} cannot be reached`;
  return { code, state: `${state} (${systemCode})` };
}

/** What git said at the end, as it may be shown: without progress lines, credentials and control characters. */
export function lastLines(text: string): readonly string[] {
  return (
    text
      .split(/[\r\n]+/)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a server's text must not steer the terminal
      .map((line) => redact(line.replace(/[\u0000-\u001f\u007f-\u009f]/g, '').trim()).slice(0, KEPT_LENGTH))
      .filter((line) => line !== '' && !/: +\d+% \(/.test(line))
      .slice(-KEPT_LINES)
  );
}
