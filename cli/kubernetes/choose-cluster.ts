import { ToolError } from '../../runtime/core/errors.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import type { ClusterSettings } from '../config/settings.ts';

const LEASE_SECONDS = 60;

/** The cluster that a run on Kubernetes gets by its settings.
 *  @throws {ToolError} CLUSTER_NOT_FOUND */
export function chooseCluster(settings: ClusterSettings, run: string): LaunchRequest['cluster'] {
  const { target, workers, worker, ui, secretFile } = settings;
  if (target === null || target.kind === 'named') {
    const owner = { run, directory: '' };
    const spec = { name: run, workers, worker: { ...worker }, owner, lease: { seconds: LEASE_SECONDS }, conf: {} };
    return { kind: 'ephemeral', spec };
  }
  switch (target.kind) {
    case 'attach':
      throw new ToolError(
        'CLUSTER_NOT_FOUND',
        `Cannot attach to "${target.name}": there are no shared clusters on Kubernetes`,
        {
          hint: 'Leave out --cluster for one of its own, or name a master with --cluster spark://HOST:PORT',
        },
      );
    case 'url': {
      const share = { executors: workers, executor: { ...worker } };
      return { ...target, webUi: ui, secretFile, share, pythonPath: [], python: null };
    }
    default:
      return target;
  }
}
