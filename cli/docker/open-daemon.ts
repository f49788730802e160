import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { dockerError } from '../../runtime/platform/docker/docker-errors.ts';
import type { Environment } from '../config/settings.ts';

export interface LocalDaemon {
  readonly docker: Docker;
  /** Its socket on this machine. */
  readonly socket: string;
}

/** The daemon for runs and clusters: one of this machine, that can do what they need.
 *  @throws {ToolError} DOCKER_UNREACHABLE, DOCKER_UNSUPPORTED for one that is too old, or on another machine */
export async function openDaemon(env: Environment, ctx: Ctx): Promise<LocalDaemon> {
  // Its client is loaded only here: it is as large as all else.
  const [{ connectDocker, findDockerSocket }, { checkDaemon }] = await Promise.all([
    import('../../runtime/platform/docker/connect-docker.ts'),
    import('../../runtime/platform/docker/check-daemon.ts'),
  ]);
  const socket = await findDockerSocket(env);
  if (socket === undefined) {
    throw new ToolError(
      'DOCKER_UNSUPPORTED',
      `Cannot run on the Docker daemon at "${env.DOCKER_HOST}": it has no socket on this machine`,
      { hint: 'Name a daemon of this machine in DOCKER_HOST, as unix:///var/run/docker.sock, or unset it' },
    );
  }
  const docker = await connectDocker(env, ctx);
  await checkDaemon(docker, ctx);
  return { docker, socket };
}

/** A shared cluster is waited for from this machine, which does not reach the containers of a daemon without root.
 *  @throws {ToolError} DOCKER_UNSUPPORTED, DOCKER_UNREACHABLE */
export async function refuseRootless(docker: Docker, cluster: string, { signal }: Ctx): Promise<void> {
  const { isRootless } = await import('../../runtime/platform/docker/check-daemon.ts');
  const info = await docker.info().catch((error: unknown) => {
    throw dockerError(error, 'ask the daemon what it is');
  });
  signal.throwIfAborted();
  if (!isRootless(info)) return;
  throw new ToolError(
    'DOCKER_UNSUPPORTED',
    `Cannot create the cluster "${cluster}" in a Docker daemon without root: its master is out of reach of this machine`,
    { hint: 'Give every run a cluster of its own, which is the default, or name another daemon in DOCKER_HOST' },
  );
}
