import type Docker from 'dockerode';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { type ContainerFile, WORK, WORK_FOLDERS } from '../container/work.ts';
import { putFiles } from './archive.ts';
import { type ContainerRequest, containerOptions } from './container-options.ts';
import { CONFLICT, dockerError, NOT_FOUND, statusOf, withoutBody } from './docker-errors.ts';

const FOLDERS: readonly ContainerFile[] = Object.values(WORK_FOLDERS).map((path) => ({
  path: path.slice(WORK.length + 1),
  mode: 0o700,
  content: null,
}));

/** Makes a container with its folders and these files, and does not start it. What is made is found by its labels.
 *  @throws {ToolError} IMAGE_NOT_FOUND, NAME_TAKEN, CONTAINER_FAILED, DOCKER_UNREACHABLE; rejects with `signal.reason` on abort */
export async function createContainer(
  docker: Docker,
  request: ContainerRequest,
  files: readonly ContainerFile[],
  ctx: Ctx,
): Promise<Docker.Container> {
  ctx.signal.throwIfAborted();
  try {
    // The name alone is part of the address, which daemons and proxies log; the environment is not. The client's types do not know this.
    const call = { _query: { name: request.name }, _body: containerOptions(request), abortSignal: ctx.signal };
    const container = await docker.createContainer(call as Docker.ContainerCreateOptions);
    await putFiles(container, WORK, [...FOLDERS, ...files], request.user, ctx);
    return container;
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw creationError(error, request);
  }
}

/** Starts it, and gives its address in its network.
 *  @throws {ToolError} PORT_IN_USE, CONTAINER_FAILED, DOCKER_UNREACHABLE; rejects with `signal.reason` on abort */
export async function startContainer(
  container: Docker.Container,
  { name, network, publish = [] }: ContainerRequest,
  ctx: Ctx,
): Promise<string> {
  ctx.signal.throwIfAborted();
  try {
    await container.start(withoutBody(ctx));
    return addressIn(await container.inspect({ abortSignal: ctx.signal }), network);
  } catch (error) {
    ctx.signal.throwIfAborted();
    // By no status does a daemon tell a port that is taken from anything else: whoever asked for one wants to hear of it first.
    const failure = dockerError(error, `start the container "${name}"`);
    if (publish.length === 0 || !(failure instanceof ToolError) || failure.code !== 'CONTAINER_FAILED') throw failure;
    const details = { ports: publish.map(({ port }) => port) };
    throw new ToolError('PORT_IN_USE', failure.message, { cause: error, details });
  }
}

/** The address of a running container in a network; where it shares the machine's, loopback. `''` once it has ended. */
export function addressIn(inspected: Docker.ContainerInspectInfo, network: string): string {
  if (inspected.HostConfig.NetworkMode === 'host') return '127.0.0.1';
  const networks = inspected.NetworkSettings.Networks;
  return (networks[network] ?? Object.values(networks)[0])?.IPAddress ?? '';
}

function creationError(error: unknown, { name, image }: ContainerRequest): unknown {
  if (error instanceof ToolError) return error;
  const status = statusOf(error);
  if (status === NOT_FOUND) {
    return new ToolError('IMAGE_NOT_FOUND', `Cannot make a container of "${image}": the daemon does not have it`, {
      cause: error,
    });
  }
  if (status === CONFLICT) {
    return new ToolError('NAME_TAKEN', `Cannot make the container "${name}": there is one of this name`, {
      cause: error,
      details: { container: name },
    });
  }
  return dockerError(error, `make the container "${name}"`);
}
