import type Docker from 'dockerode';
import type { Ctx } from '../../../runtime/core/context.ts';
import { errorMessage } from '../../../runtime/core/errors.ts';
import { connectSocket } from '../../../runtime/platform/docker/connect-docker.ts';
import { CONFLICT, dockerError, NOT_FOUND, statusOf } from '../../../runtime/platform/docker/docker-errors.ts';
import { ownerOf } from '../../../runtime/platform/docker/run-labels.ts';
import type { Artifacts, KeptArtifacts } from '../artifacts.ts';

const ID_DIGITS = 20;

/** Whose image, and of which application: of two users of one daemon both may have one of this name. */
export interface KeptImage {
  readonly stateFolder: string;
  readonly application: string;
  readonly id: string;
}

/** What the image of a revision is called in its daemon: as long as it has this name nobody tidies it away who removes what has none. */
export function keptName({ stateFolder, application, id }: KeptImage): string {
  const digits = id.slice('sha256:'.length, 'sha256:'.length + ID_DIGITS);
  return `${repositoryOf(application)}:${digits}${suffixOf(stateFolder)}`;
}

/** Gives an image that name.
 *  @throws {ToolError} CONTAINER_FAILED, DOCKER_UNREACHABLE */
export async function keepImage(docker: Docker, kept: KeptImage): Promise<void> {
  const name = keptName(kept);
  const colon = name.lastIndexOf(':');
  try {
    await docker.getImage(kept.id).tag({ repo: name.slice(0, colon), tag: name.slice(colon + 1) });
  } catch (error) {
    throw dockerError(error, `keep the image "${name}"`);
  }
}

/** Takes a name from an image, which goes with the last one. One that is gone, or used, is no error. */
export async function dropName(docker: Docker, name: string): Promise<void> {
  try {
    await docker.getImage(name).remove();
  } catch (error) {
    if (statusOf(error) !== NOT_FOUND && statusOf(error) !== CONFLICT) throw dockerError(error, `remove "${name}"`);
  }
}

/** The images that revisions in Docker run from, each under a name of ours. */
export function keptImages(stateFolder: string): Artifacts {
  return {
    keepOnly: async (kept, ctx) => {
      const sockets = new Set(kept.known.flatMap(({ docker }) => (docker === undefined ? [] : [docker.socket])));
      for (const socket of sockets) {
        await keepOnlyIn({ socket, stateFolder }, kept, ctx).catch((error: unknown) => {
          const message = `Cannot delete the images of "${kept.name}" that are not needed any more: ${errorMessage(error)}`;
          ctx.emit({ type: 'notice', level: 'warning', message, hint: `Remove "${repositoryOf(kept.name)}" by hand` });
        });
      }
    },
  };
}

interface KeptPlace {
  readonly socket: string;
  readonly stateFolder: string;
}

async function keepOnlyIn(
  { socket, stateFolder }: KeptPlace,
  { name, wanted }: KeptArtifacts,
  ctx: Ctx,
): Promise<void> {
  const ids = wanted.flatMap(({ artifact, docker }) =>
    artifact.kind === 'image' && docker?.socket === socket ? (artifact.daemon?.id ?? []) : [],
  );
  const names = new Set(ids.map((id) => keptName({ stateFolder, application: name, id })));
  const docker = await connectSocket(socket, ctx);
  const images = await docker.listImages({ filters: { reference: [repositoryOf(name)] } });
  const tags = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  const own = tags.filter((tag) => tag.startsWith(`${repositoryOf(name)}:`) && tag.endsWith(suffixOf(stateFolder)));
  for (const tag of own) if (!names.has(tag)) await dropName(docker, tag);
}

function suffixOf(stateFolder: string): string {
  return `-${ownerOf(stateFolder)}`;
}

function repositoryOf(application: string): string {
  return `localhost/hibana-deploy/${application}`;
}
