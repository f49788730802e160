import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import { findShared } from '../../runtime/platform/local/shared-cluster.ts';
import type { ClusterSettings } from '../config/settings.ts';

/** For a launcher that lost sight of its cluster: on this machine the end of a connection is certain, and nothing waits so long. */
const LEASE_SECONDS = 60;

export interface ClusterOwner {
  readonly run: string;
  readonly leaseDirectory: string;
  readonly stateFolder: string;
}

/** The cluster that a run gets by its settings. */
export async function chooseCluster(
  settings: ClusterSettings,
  { run, leaseDirectory, stateFolder }: ClusterOwner,
): Promise<LaunchRequest['cluster']> {
  const { target, workers, worker, ui, secretFile } = settings;
  const share = { executors: workers, executor: { ...worker } };
  const isShared = target?.kind === 'named' && (await findShared(stateFolder, target.name)) !== undefined;
  if (target === null || (target.kind === 'named' && !isShared)) {
    const owner = { run, directory: leaseDirectory };
    const lease = { seconds: LEASE_SECONDS };
    const name = target?.name ?? run;
    return { kind: 'ephemeral', spec: { name, workers, worker: { ...worker }, owner, lease, conf: {} } };
  }
  switch (target.kind) {
    case 'named':
    case 'attach':
      return { kind: 'attach', name: target.name, share };
    case 'url':
      return { ...target, webUi: ui, secretFile, share, pythonPath: [], python: null };
    default:
      return target;
  }
}
