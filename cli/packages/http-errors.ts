import { systemCode, ToolError } from '../../runtime/core/errors.ts';
import { DOWNGRADE, isTlsFailure, whyNoConnection } from './connection-failure.ts';

/** Says that there was no answer. The text is for somebody whose first run has no network. */
export function networkError(error: unknown, host: string): ToolError {
  const { errno, reason, isCertificate } = connectionFailure(error);
  const state = errno === 'EPROTO' ? 'what it answers is no package index' : reason;
  const message = `Cannot reach the package index at "${host}": ${state}; the first run needs a network`;
  return new ToolError('INDEX_UNREACHABLE', message, {
    cause: error,
    details: { host, errno },
    ...(isCertificate ? { hint: 'Name the certificate authority of the index with --ca-file' } : {}),
  });
}

/** Why there was no answer: the code of the system or of the client, the same in words, and whether a certificate was refused. */
export function connectionFailure(error: unknown): {
  readonly errno: string;
  readonly reason: string;
  readonly isCertificate: boolean;
} {
  const errno = systemCode(error) ?? systemCode(error instanceof Error ? error.cause : undefined) ?? 'unknown error';
  return { errno, reason: whyNoConnection(errno), isCertificate: isTlsFailure(errno) };
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

/** Says that a server sends on to where nothing is encrypted. */
export function downgradeError(host: string): ToolError {
  const message = `Cannot read the package index at "${host}": ${whyNoConnection(DOWNGRADE)}`;
  return new ToolError('INDEX_UNREACHABLE', message, { details: { host, errno: DOWNGRADE } });
}

/** Whether another try may help: not with a name that does not exist, a refused certificate or refused credentials. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ToolError) || error.code !== 'INDEX_UNREACHABLE') return false;
  const { status, errno } = error.details;
  if (typeof status === 'number') return status >= 500 || status === 429;
  return typeof errno === 'string' && !LASTING.has(errno) && !isTlsFailure(errno);
}

const LASTING = new Set(['ENOTFOUND', DOWNGRADE]);
