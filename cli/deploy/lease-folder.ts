import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCKER_PLACE } from '../../runtime/platform/docker/docker-place.ts';

/** The lease directory of a run, on every platform that keeps runs in the user's state folder: what its launcher says of it, and its logs. */
export function leaseFolder(stateFolder: string, run: string): string {
  return join(stateFolder, 'runs', run);
}

/** Whether something of a run is in a Docker daemon. */
export async function isInDocker(stateFolder: string, run: string): Promise<boolean> {
  return access(join(leaseFolder(stateFolder, run), DOCKER_PLACE)).then(
    () => true,
    () => false,
  );
}
