import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import { statusOf } from '../../../runtime/platform/docker/docker-errors.ts';

/** What a daemon's failure means, beside those that a call expects: DOCKER_UNREACHABLE, CONTAINER_FAILED. */
export function hostError(error: unknown, image: string): unknown {
  if (error instanceof ToolError) return error;
  const status = statusOf(error);
  const why = error instanceof Error ? error.message : String(error);
  if (status !== undefined)
    return new ToolError('CONTAINER_FAILED', `Cannot run a container of "${image}": ${why}`, {
      cause: error,
      details: { status },
    });
  const errno = systemCode(error);
  return errno === undefined ? error : unreachable(errno, error);
}

/** The same for one that did not start: IMAGE_NOT_FOUND too. */
export function startError(error: unknown, image: string): unknown {
  if (statusOf(error) !== 404) return hostError(error, image);
  return new ToolError('IMAGE_NOT_FOUND', `Cannot start a container of "${image}": the daemon does not have it`, {
    cause: error,
  });
}

/** The same for what came of an archive: what is wrong with the connection or with its bytes is the daemon's, all else that of whoever read it. */
export function archiveError(error: unknown, image: string): unknown {
  const code = systemCode(error) ?? '';
  if (DISCONNECTED.has(code)) return unreachable(code, error);
  if (!code.startsWith(NO_ARCHIVE)) return error;
  return new ToolError(
    'CONTAINER_FAILED',
    `Cannot read what a container of "${image}" has: the daemon sent no archive`,
    {
      cause: error,
      details: { why: code },
    },
  );
}

const DISCONNECTED = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE']);
/** What the codes of the archive's reader begin with. */
const NO_ARCHIVE = 'TAR_';

export function unreachable(errno: string, cause?: unknown): ToolError {
  return new ToolError('DOCKER_UNREACHABLE', `Cannot reach the Docker daemon: ${errno}`, {
    ...(cause === undefined ? {} : { cause }),
    details: { errno },
  });
}
