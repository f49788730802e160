import { systemCode, ToolError } from '../../runtime/core/errors.ts';

/** Says that there was no answer. The text is for somebody whose first run has no network. */
export function networkError(error: unknown, host: string): ToolError {
  const code = systemCode(error) ?? systemCode(error instanceof Error ? error.cause : undefined) ?? 'unknown error';
  const message = `Cannot reach the package index at "${host}": ${REASONS[code] ?? code}; the first run needs a network`;
  return new ToolError('INDEX_UNREACHABLE', message, {
    cause: error,
    details: { host, errno: code },
    ...(isTls(code) ? { hint: 'Name the certificate authority of the index with --ca-file' } : {}),
  });
}

export function statusError(status: number, host: string): ToolError {
  if (status === 401 || status === 403) {
    return new ToolError('INDEX_AUTH', `Cannot read the package index at "${host}": it answered ${status}`, {
      details: { host, status },
    });
  }
  return new ToolError('INDEX_UNREACHABLE', `Cannot read the package index at "${host}": it answered ${status}`, {
    details: { host, status },
  });
}

/** Whether another try may help: not with a name that does not exist, a refused certificate or refused credentials. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ToolError) || error.code !== 'INDEX_UNREACHABLE') return false;
  const { status, errno } = error.details;
  if (typeof status === 'number') return status >= 500 || status === 429;
  return typeof errno === 'string' && errno !== 'ENOTFOUND' && !isTls(errno);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it cut the connection',
  ENETUNREACH: 'there is no way to that network',
  EHOSTUNREACH: 'there is no way to that host',
  ETIMEDOUT: 'no answer',
  EPROTO: 'what it answers is no package index',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'it says nothing',
  UND_ERR_BODY_TIMEOUT: 'it went silent',
  UND_ERR_SOCKET: 'it cut the connection',
};

function isTls(code: string): boolean {
  return /CERT|SIGNATURE|ISSUER|ERR_TLS|ERR_SSL/.test(code);
}
