import { foldersFrom } from '../../runtime/core/folders.ts';
import type { AppContext } from '../commands/command.ts';
import { launcherProgram } from '../run/launcher-process.ts';
import { type Artifacts, joinArtifacts } from './artifacts.ts';
import { keptBuildLogs } from './build-log.ts';
import { createDeployer, type Deployer, type Starter } from './deployer.ts';
import { createFileStore } from './file-store.ts';
import { leaseRuns } from './lease-runs.ts';
import { keptTrees } from './local/kept-trees.ts';
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
  const tree = lazyStarter(async () => (await import('./local/local-starter.ts')).createLocalStarter(place));
  const image = lazyStarter(async () => (await import('./docker/docker-starter.ts')).createDockerStarter(place, app));
  const images: Artifacts = {
    keepOnly: async (kept, ctx) => {
      if (kept.known.every(({ docker }) => docker === undefined)) return;
      await (await import('./docker/kept-images.ts')).keptImages(state).keepOnly(kept, ctx);
    },
  };
  return {
    store: createFileStore(state),
    deployer: createDeployer({ tree, image }, leaseRuns(state)),
    artifacts: joinArtifacts([keptTrees(state), keptBuildLogs(state), images]),
    ...{ stateFolder: state, pid, random },
  };
}

/** Most commands only look: what starts runs is loaded by those that do. */
function lazyStarter(load: () => Promise<Starter>): Starter {
  return {
    missing: async (revision, ctx) => (await load()).missing(revision, ctx),
    start: async (revision, run, ctx) => (await load()).start(revision, run, ctx),
  };
}
