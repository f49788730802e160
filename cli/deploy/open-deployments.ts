import { ToolError } from '../../runtime/core/errors.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import type { AppContext } from '../commands/command.ts';
import { launcherProgram } from '../run/launcher-process.ts';
import type { Deployer } from './deployer.ts';
import { createFileStore } from './file-store.ts';
import { createLocalDeployer } from './local/local-deployer.ts';
import type { DeploymentStore } from './store.ts';

/** What is deployed on a platform: the records, and who runs them. */
export interface Deployments {
  readonly store: DeploymentStore;
  readonly deployer: Deployer;
  /** Where the locks are. */
  readonly stateFolder: string;
  readonly pid: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What is deployed on the platform that the command line names.
 *  @throws {ToolError} USAGE for one that has no deployments yet */
export function openDeployments(app: AppContext): Deployments {
  const { env, home, node, pid, random } = app;
  const { platform } = app.global;
  if (platform !== 'local') {
    throw new ToolError('USAGE', `Cannot deploy to "${platform}" yet: there is local`, {
      hint: 'Use --platform local',
    });
  }
  const { state, cache } = foldersFrom(env, home);
  const place = { stateFolder: state, cache, node, program: launcherProgram(app.root), env, pid };
  return { store: createFileStore(state), deployer: createLocalDeployer(place), stateFolder: state, pid, random };
}
