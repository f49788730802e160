import type { Ctx } from '../../../runtime/core/context.ts';
import { connectSocket } from '../../../runtime/platform/docker/connect-docker.ts';
import { findImageId } from '../../docker/bring-image.ts';
import { type ImageContext, openImageTools } from '../../docker/image-tools.ts';
import type { Starter } from '../deployer.ts';
import { type DetachedPlace, startDetached } from '../detached-run.ts';
import type { Revision } from '../records.ts';
import { keptName } from './kept-images.ts';
import { partsOf } from './parts.ts';
import { registryFlags } from './registry-flags.ts';
import { requestRun } from './run-request.ts';

export interface DockerStartPlace extends DetachedPlace {
  readonly cache: string;
}

/** Starts runs in the daemon that a revision names, whichever is meant by the environment today. */
export function createDockerStarter(place: DockerStartPlace, app: ImageContext): Starter {
  return {
    missing: (revision, ctx) => missingImage(revision, place, app, ctx),
    start: async (revision, run, ctx) => {
      const docker = await connectSocket(partsOf(revision).inDocker.socket, ctx);
      const prepare = (leaseDirectory: string) => requestRun({ revision, run, leaseDirectory, docker }, app, ctx);
      await startDetached(run.run, place, prepare, ctx);
    },
  };
}

/** One of a registry is brought again. */
async function missingImage(
  revision: Revision,
  { stateFolder, cache: scratch }: DockerStartPlace,
  app: ImageContext,
  ctx: Ctx,
): Promise<readonly string[]> {
  const { image, daemon, inDocker } = partsOf(revision);
  const docker = await connectSocket(inDocker.socket, ctx);
  const isThere = async (): Promise<boolean> => (await findImageId(docker, daemon.id, ctx)) !== undefined;
  if (await isThere()) return [];
  const gone = `the image "${image}" is gone from the Docker daemon`;
  if (!image.includes('@')) return [gone];
  await using tools = openImageTools({ docker, flags: registryFlags(revision), scratch, marker: {} }, app);
  await tools.bring(image, ctx, keptName({ stateFolder, application: revision.application, id: daemon.id }));
  return (await isThere()) ? [] : [`${gone}, which has it under another id now`];
}
