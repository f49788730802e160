import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LaunchRequest, parseLaunchRequest } from '../../runtime/core/launch-env.ts';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { hasLivingLauncher } from '../../runtime/platform/local/list-clusters.ts';
import type { MasterPage } from '../../runtime/platform/master-page.ts';

/** Who uses a shared cluster, in words: the applications that its master knows, and the runs of this machine that are attached to it,
 *  or about to be. Empty: nobody. */
export async function clusterUsers(
  stateFolder: string,
  name: string,
  page: MasterPage | undefined,
): Promise<readonly string[]> {
  const applications = (page?.running ?? []).map(
    ({ id, name: application, cores }) =>
      `application ${application} (${id}, ${cores} ${cores === 1 ? 'core' : 'cores'})`,
  );
  const runs = (await attachedRuns(stateFolder, name)).map((run) => `run ${run}`);
  return [...applications, ...runs];
}

async function attachedRuns(stateFolder: string, name: string): Promise<readonly string[]> {
  const folder = join(stateFolder, 'runs');
  const runs = await readdir(folder).catch(() => []);
  const attached = await Promise.all(
    runs.map(async (run) => {
      const choice = (await readRequest(join(folder, run)))?.cluster;
      return choice?.kind === 'attach' && choice.name === name && (await hasLivingLauncher(join(folder, run)));
    }),
  );
  return runs.filter((_, index) => attached[index] === true).sort();
}

/** `undefined` when the run has not got one yet, or has ended, or is of a version that we do not know. */
async function readRequest(leaseDirectory: string): Promise<LaunchRequest | undefined> {
  try {
    return parseLaunchRequest(await readFile(join(leaseDirectory, LeaseFile.request), 'utf8'));
  } catch {
    return undefined;
  }
}
