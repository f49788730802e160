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
  if (isNewEnough(api)) return;
  throw new ToolError(
    'DOCKER_UNSUPPORTED',
    `Cannot use the Docker daemon ${release}: its API ${api} is older than ${LEAST_API.join('.')}`,
    { details: { release, api } },
  );
}

/** Whether an API of this version, `1.43`, has what clusters need. */
export function isNewEnough(api: string): boolean {
  const [major = 0, minor = 0] = api.split('.').map(Number);
  return major > LEAST_API[0] || (major === LEAST_API[0] && minor >= LEAST_API[1]);
}

/** Whether a daemon that says this of itself is a user's own, without root: its containers are in a network that this machine does not reach. */
export function isRootless({ SecurityOptions = [] }: { readonly SecurityOptions?: readonly string[] }): boolean {
  return SecurityOptions.some((option) => option.includes('name=rootless'));
}
