import { ToolError } from '../../runtime/core/errors.ts';
import type { Repository } from './maven-settings.ts';

/** What went wrong with a repository, in words of packages: the connection's errors speak of the index of Python packages. */
export function repositoryError(error: unknown, { id, url }: Repository): unknown {
  if (!(error instanceof ToolError) || !(error.code === 'INDEX_AUTH' || error.code === 'INDEX_UNREACHABLE'))
    return error;
  const { host } = new URL(url);
  const { status, errno } = error.details;
  const why = typeof status === 'number' ? `it answered ${status}` : (REASONS[String(errno)] ?? String(errno));
  const isTls = /CERT|SIGNATURE|ISSUER|ERR_TLS|ERR_SSL/.test(String(errno));
  const code = error.code === 'INDEX_AUTH' ? 'MAVEN_AUTH' : 'MAVEN_UNREACHABLE';
  return new ToolError(code, `Cannot read the Maven repository "${id}" at "${host}": ${why}`, {
    cause: error,
    details: { ...error.details, repository: id, host },
    ...(isTls ? { hint: 'Name the certificate authority of the repository with --ca-file' } : {}),
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it cut the connection',
  ENETUNREACH: 'there is no way to that network',
  EHOSTUNREACH: 'there is no way to that host',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'it says nothing',
  UND_ERR_BODY_TIMEOUT: 'it went silent',
  UND_ERR_SOCKET: 'it cut the connection',
};
