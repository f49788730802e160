import type Docker from 'dockerode';
import * as z from 'zod/mini';
import { foldersFrom } from '../../../runtime/core/folders.ts';
import { dockerError } from '../../../runtime/platform/docker/docker-errors.ts';
import { hasLivingLauncher } from '../../../runtime/platform/local/list-clusters.ts';
import type { AppContext } from '../../commands/command.ts';
import type { RunScope } from '../../run/with-run.ts';
import { leaseFolder } from '../lease-folder.ts';
import { dropName } from './kept-images.ts';

/** What images are called while it is not known of which revision they are; the run that makes one is its tag. */
export const TEMPORARY = 'hibana-deploying';

/** Another user of the daemon may be at it, whose runs are not to be seen from here. */
const OLD_MS = 60 * 60_000;

export interface TemporaryWanted {
  readonly docker: Docker;
  readonly scope: RunScope;
  readonly app: Pick<AppContext, 'env' | 'home'>;
}

/** A name for an image that is being made, which is taken from it when disposed. Those that commands which were killed have left are taken now.
 *  @throws {ToolError} DOCKER_UNREACHABLE, CONTAINER_FAILED */
export async function temporaryName({
  docker,
  scope,
  app,
}: TemporaryWanted): Promise<AsyncDisposable & { readonly name: string }> {
  const repository = `localhost/${TEMPORARY}`;
  const images = await docker.listImages({ filters: { reference: [repository] } }).catch((error: unknown) => {
    throw dockerError(error, 'list images');
  });
  const { state } = foldersFrom(app.env, app.home);
  for (const name of images.flatMap(({ RepoTags }) => RepoTags ?? [])) {
    const run = name.slice(name.lastIndexOf(':') + 1);
    if ((await isOld(docker, name)) && !(await hasLivingLauncher(leaseFolder(state, run))))
      await dropName(docker, name);
  }
  const name = `${repository}:${scope.run}`;
  // An image that has no other name by now is not wanted.
  return { name, [Symbol.asyncDispose]: () => dropName(docker, name).catch(() => {}) };
}

async function isOld(docker: Docker, name: string): Promise<boolean> {
  const inspected: unknown = await docker
    .getImage(name)
    .inspect()
    .catch(() => undefined);
  const parsed = InspectedSchema.safeParse(inspected);
  return parsed.success && Date.now() - Date.parse(parsed.data.Metadata.LastTagTime) > OLD_MS;
}

const InspectedSchema = z.object({ Metadata: z.object({ LastTagTime: z.string() }) });
