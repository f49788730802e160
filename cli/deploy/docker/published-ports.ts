import type { DockerPlace } from '../../../runtime/platform/docker/docker-place.ts';
import type { Revision } from '../records.ts';

/** Which ports of a revision are published, and where: the service's own at the address that was asked for, and the one at which it is asked whether
 *  it is well, for this machine alone. */
export function publishedPorts({
  launch,
  health,
  docker,
}: Pick<Revision, 'launch' | 'health' | 'docker'>): DockerPlace['publish'] {
  const { port } = launch.app;
  if (docker === undefined) return [];
  const own = port === null ? [] : [{ address: docker.bind, port }];
  const asked = health.port === null || health.port === port ? [] : [{ address: LOOPBACK, port: health.port }];
  return [...own, ...asked];
}

const LOOPBACK = '127.0.0.1';
