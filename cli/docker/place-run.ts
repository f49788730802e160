import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import { formatLaunchRequest, type LaunchRequest } from '../../runtime/core/launch-env.ts';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { writeAtomically } from '../../runtime/platform/atomic-write.ts';
import { DOCKER_PLACE, type DockerPlace, formatDockerPlace } from '../../runtime/platform/docker/docker-place.ts';

/** A run that is about to be launched in Docker, in words. */
export interface RunToPlace {
  readonly place: Omit<DockerPlace, 'version' | 'launcher'>;
  readonly request: LaunchRequest;
  readonly leaseDirectory: string;
}

/** Writes down where in Docker a run will be, and what is launched there: from here on somebody else deletes what is made, should this process be
 *  killed. Gives both as they were written: of secrets the launcher gets copies, since it sees no other folder, and may not read what others own.
 *  @throws {ToolError} FILE_UNREADABLE for a secret */
export async function placeRun({ place, request, leaseDirectory }: RunToPlace): Promise<{
  readonly place: DockerPlace;
  readonly request: LaunchRequest;
}> {
  const folder = join(leaseDirectory, LeaseFile.scratch, 'secrets');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const secrets: Record<string, string> = {};
  for (const [name, file] of Object.entries(request.submit.secrets)) {
    secrets[name] = await copySecret(`secret "${name}"`, file, join(folder, name));
  }
  const cluster = await withOwnSecret(request.cluster, join(folder, CLUSTER_SECRET));
  const whole = { ...request, cluster, submit: { ...request.submit, secrets } };
  const placed: DockerPlace = { version: 1, ...place, launcher: `hibana-${request.run}-launcher` };
  await writeAtomically(join(leaseDirectory, DOCKER_PLACE), formatDockerPlace(placed));
  await writeAtomically(join(leaseDirectory, LeaseFile.request), formatLaunchRequest(whole));
  return { place: placed, request: whole };
}

/** No variable, and so no secret of the application's, is called so. */
const CLUSTER_SECRET = 'of-the-cluster';

async function withOwnSecret(cluster: LaunchRequest['cluster'], copy: string): Promise<LaunchRequest['cluster']> {
  if (cluster.kind !== 'url' || cluster.secretFile === null) return cluster;
  return { ...cluster, secretFile: await copySecret('secret of the cluster', cluster.secretFile, copy) };
}

async function copySecret(what: string, file: string, copy: string): Promise<string> {
  await copyFile(file, copy).catch((cause: unknown) => {
    throw new ToolError('FILE_UNREADABLE', `Cannot read the ${what} from "${file}"`, { cause });
  });
  return copy;
}
