import { ToolError } from '../../runtime/core/errors.ts';
import { isTlsFailure, whyNoConnection } from '../packages/connection-failure.ts';
import type { Repository } from './maven-settings.ts';

/** What went wrong with a repository, in words of packages: the connection's errors speak of the index of Python packages. */
export function repositoryError(error: unknown, { id, url }: Repository): unknown {
  if (!(error instanceof ToolError) || !(error.code === 'INDEX_AUTH' || error.code === 'INDEX_UNREACHABLE'))
    return error;
  const { host } = new URL(url);
  const { status, errno } = error.details;
  const why = typeof status === 'number' ? `it answered ${status}` : whyNoConnection(String(errno));
  const code = error.code === 'INDEX_AUTH' ? 'MAVEN_AUTH' : 'MAVEN_UNREACHABLE';
  return new ToolError(code, `Cannot read the Maven repository "${id}" at "${host}": ${why}`, {
    cause: error,
    details: { ...error.details, repository: id, host },
    ...(isTlsFailure(String(errno)) ? { hint: 'Name the certificate authority of the repository with --ca-file' } : {}),
  });
}
