import { systemCode, ToolError } from '../../runtime/core/errors.ts';
import { isTlsFailure, whyNoConnection } from './connection-failure.ts';

/** Says that there was no answer. The text is for somebody whose first run has no network. */
export function networkError(error: unknown, host: string): ToolError {
  const code = systemCode(error) ?? systemCode(error instanceof Error ? error.cause : undefined) ?? 'unknown error';
  const message = `Cannot reach the package index at "${host}": ${whyNoConnection(code)}; the first run needs a network`;
  return new ToolError('INDEX_UNREACHABLE', message, {
    cause: error,
    details: { host, errno: code },
    ...(isTlsFailure(code) ? { hint: 'Name the certificate authority of the index with --ca-file' } : {}),
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
  return typeof errno === 'string' && errno !== 'ENOTFOUND' && !isTlsFailure(errno);
}
