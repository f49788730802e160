import type Docker from 'dockerode';
import type { Ctx } from '../../core/context.ts';
import { CONFLICT, dockerError, NOT_FOUND, statusOf } from './docker-errors.ts';

/** Ends a container at once and deletes it with its volume. Gone already, or going, is as good.
 *  @throws {ToolError} CONTAINER_FAILED, DOCKER_UNREACHABLE */
export async function removeContainer(container: Docker.Container, { signal }: Pick<Ctx, 'signal'>): Promise<void> {
  try {
    await container.remove({ force: true, v: true, abortSignal: signal });
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) !== NOT_FOUND && statusOf(error) !== CONFLICT) throw dockerError(error, 'remove a container');
  }
}
