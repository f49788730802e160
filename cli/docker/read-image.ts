import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
import { hasPath, readContainerFile } from '../../runtime/platform/docker/archive.ts';
import { type ContainerUser, containerUser } from '../../runtime/platform/docker/container-image.ts';
import { dockerError, statusOf } from '../../runtime/platform/docker/docker-errors.ts';
import { markInDocker, unmarkInDocker } from '../../runtime/platform/docker/docker-place.ts';
import { removeContainer } from '../../runtime/platform/docker/remove.ts';
import { type ImageContents, readContents } from './image-contents.ts';

/** What an image in a daemon says of itself. */
export interface DaemonImage extends ImageContents {
  readonly id: string;
  readonly user: ContainerUser;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ImageReading {
  readonly docker: Docker;
  /** Of the daemon, on this machine. */
  readonly socket: string;
  /** Of whoever reads: should this process be killed, the container goes with it. */
  readonly leaseDirectory: string;
  readonly id: string;
  /** As errors have it. */
  readonly name: string;
  /** For the container that it is read through, which never runs. */
  readonly labels: Readonly<Record<string, string>>;
}

const CLEANUP_DEADLINE_MS = 20_000;

/** @throws {ToolError} IMAGE_INCOMPLETE for an image that "hibana build" has not made, ENTRY_NOT_FOUND */
export async function readDaemonImage(reading: ImageReading, ctx: Ctx): Promise<DaemonImage> {
  const { docker, socket, leaseDirectory, id, name, labels } = reading;
  const { Config } = await docker.getImage(id).inspect();
  ctx.signal.throwIfAborted();
  await markInDocker(leaseDirectory, socket);
  const container = await docker
    .createContainer({
      ...{ Image: id, Entrypoint: ['/none'], Cmd: [], Labels: { ...labels }, HostConfig: { NetworkMode: 'none' } },
      abortSignal: ctx.signal,
    })
    .catch(async (error: unknown) => {
      ctx.signal.throwIfAborted();
      // What the daemon refused is not there; of anything else nobody knows.
      if (statusOf(error) !== undefined) await unmarkInDocker(leaseDirectory);
      throw dockerError(error, `look into the image "${name}"`);
    });
  try {
    const look = {
      text: (path: string) => readContainerFile(container, path, ctx),
      has: (path: string) => hasPath(container, path, ctx),
    };
    const read = await readContents(look, name);
    return { id, user: containerUser(Config.User), labels: Config.Labels ?? {}, ...read };
  } finally {
    const removal = removeContainer(container, { signal: AbortSignal.timeout(CLEANUP_DEADLINE_MS) });
    await removal.then(() => unmarkInDocker(leaseDirectory)).catch(() => {});
  }
}
