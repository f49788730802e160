import { foldersFrom } from '../../runtime/core/folders.ts';
import type { AppContext } from '../commands/command.ts';
import { launcherProgram } from '../run/launcher-process.ts';
import { type Artifacts, joinArtifacts } from './artifacts.ts';
import { keptBuildLogs } from './build-log.ts';
import { createDeployer, type Deployer, type Starter } from './deployer.ts';
import { createFileStore } from './file-store.ts';
import { leaseRuns } from './lease-runs.ts';
import { keptTrees } from './local/kept-trees.ts';
import { createLocalStarter } from './local/local-starter.ts';
import type { DeploymentStore } from './store.ts';

/** What is deployed: the records, who runs them, and what they run from. */
export interface Deployments {
  readonly store: DeploymentStore;
  readonly deployer: Deployer;
  readonly artifacts: Artifacts;
  /** Where the locks are. */
  readonly stateFolder: string;
  readonly pid: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What is deployed from this machine, on whichever platform: each revision says its own. */
export function openDeployments(app: AppContext): Deployments {
  const { env, home, node, pid, random } = app;
  const { state, cache } = foldersFrom(env, home);
  const place = { stateFolder: state, cache, node, program: launcherProgram(app.root), env, pid };
  // What talks to a daemon is loaded where a revision is in one.
  const loadStarter = async (): Promise<Starter> =>
    (await import('./docker/docker-starter.ts')).createDockerStarter(place, app);
  const image: Starter = {
    missing: async (revision, ctx) => (await loadStarter()).missing(revision, ctx),
    start: async (revision, run, ctx) => (await loadStarter()).start(revision, run, ctx),
  };
  const images: Artifacts = {
    keepOnly: async (kept, ctx) => {
      if (kept.known.every(({ docker }) => docker === undefined)) return;
      await (await import('./docker/kept-images.ts')).keptImages(state).keepOnly(kept, ctx);
    },
  };
  return {
    store: createFileStore(state),
    deployer: createDeployer({ tree: createLocalStarter(place), image }, leaseRuns(state)),
    artifacts: joinArtifacts([keptTrees(state), keptBuildLogs(state), images]),
    ...{ stateFolder: state, pid, random },
  };
}
