import { join } from 'node:path';
import type { Layout } from '../../../runtime/core/app.ts';
import type { Ctx } from '../../../runtime/core/context.ts';
import type { LaunchRequest } from '../../../runtime/core/launch-env.ts';
import { LeaseFile } from '../../../runtime/core/lease-directory.ts';
import type { Environment } from '../../config/settings.ts';
import { withS3Settings } from '../../jars/s3-settings.ts';
import { chooseCluster } from '../../run/choose-cluster.ts';
import type { Luggage } from '../../run/pack-for-travel.ts';
import type { Revision, Run } from '../records.ts';
import { copyTree, treeFolder } from './keep-tree.ts';

export interface RunPlace {
  readonly stateFolder: string;
  readonly leaseDirectory: string;
  readonly cache: string;
  readonly pid: number;
  /** Of whoever starts the run: extras look there for what they need. */
  readonly env: Environment;
}

type TreeArtifact = Extract<Revision['artifact'], { readonly kind: 'tree' }>;

/** Gives the run a copy of the application, in its scratch folder, and tells what the launcher needs to know. */
export async function requestRun(
  revision: Revision,
  artifact: TreeArtifact,
  run: Run,
  place: RunPlace,
  ctx: Ctx,
): Promise<LaunchRequest> {
  const { stateFolder, leaseDirectory, env } = place;
  const { app, submit, timeouts, sparkDefaults, extras, notify } = revision.launch;
  const kept = treeFolder(stateFolder, revision.application, artifact.key);
  const own = join(leaseDirectory, LeaseFile.scratch, 'app');
  await copyTree(kept, own);
  const layout = movedLayout(artifact.layout, kept, own);
  const owner = { run: run.run, leaseDirectory, stateFolder };
  const cluster = await chooseCluster(revision.launch.cluster, owner);
  const luggage = await pack(cluster, layout, place, ctx);
  const request: LaunchRequest = {
    version: 1,
    run: run.run,
    app,
    layout,
    cluster: luggage.cluster,
    submit: { ...submit, args: [...run.args], archives: [...submit.archives, ...luggage.archives] },
    prepared: { startedAt: run.startedAt, steps: [] },
    timeouts,
    notify,
  };
  return extras.includes('s3') ? withS3Settings({ request, env, sparkDefaults }) : request;
}

/** The layout of a tree that is somewhere else now. */
export function movedLayout(layout: LaunchRequest['layout'], from: string, to: string): LaunchRequest['layout'] {
  const moved = (path: string): string =>
    path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
  return { ...layout, app: moved(layout.app), pythonPath: layout.pythonPath.map(moved) };
}

/** As `run` does: a cluster of somebody else's does not see our files. */
async function pack(
  cluster: LaunchRequest['cluster'],
  layout: Layout,
  { cache, leaseDirectory, pid }: RunPlace,
  ctx: Ctx,
): Promise<Luggage> {
  if (cluster.kind !== 'url') return { cluster, archives: [] };
  const { packForTravel } = await import('../../run/pack-for-travel.ts');
  // What is kept of a source is all that counts of it.
  const travel = { cache, scratch: join(leaseDirectory, LeaseFile.scratch), pid, gitignore: false };
  return packForTravel(cluster, layout, travel, ctx);
}
