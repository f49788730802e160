import type Docker from 'dockerode';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { dockerError } from './docker-errors.ts';

/** Of Docker 20.10: labels of volumes that have no name, and networks of one name alone. */
const LEAST_API = [1, 41] as const;

/** That a daemon can do what clusters need.
 *  @throws {ToolError} DOCKER_UNSUPPORTED for one that is too old, DOCKER_UNREACHABLE */
export async function checkDaemon(docker: Docker, { signal }: Ctx): Promise<void> {
  const version = await docker.version().catch((error: unknown) => {
    throw dockerError(error, 'ask the daemon for its version');
  });
  signal.throwIfAborted();
  const { ApiVersion: api, Version: release } = version;
  const [major = 0, minor = 0] = api.split('.').map(Number);
  if (major > LEAST_API[0] || (major === LEAST_API[0] && minor >= LEAST_API[1])) return;
  throw new ToolError(
    'DOCKER_UNSUPPORTED',
    `Cannot use the Docker daemon ${release}: its API ${api} is older than ${LEAST_API.join('.')}`,
    { details: { release, api } },
  );
}
