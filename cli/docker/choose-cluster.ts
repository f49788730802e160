import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import { checkVersion } from '../../runtime/platform/attach/check-version.ts';
import { findRecord, readCluster } from '../../runtime/platform/docker/cluster-record.ts';
import { networkName } from '../../runtime/platform/docker/networks.ts';
import type { ClusterSettings } from '../config/settings.ts';

export interface ChoiceInput {
  readonly settings: ClusterSettings;
  readonly docker: Docker;
  readonly run: string;
  readonly leaseDirectory: string;
  /** What somebody names with --network. */
  readonly network: string | null;
  /** The release of the application. */
  readonly spark: string;
}

export interface ChosenCluster {
  readonly cluster: LaunchRequest['cluster'];
  readonly network: string;
  /** Whether the network has to be made, and ends with the run. */
  readonly isOwnNetwork: boolean;
}

const LEASE_SECONDS = 60;

/** The cluster that a run in Docker gets by its settings, and the network in which it runs.
 *  @throws {ToolError} CLUSTER_NOT_FOUND, SPARK_MISMATCH, USAGE for a master that nobody says how to reach */
export async function chooseCluster(input: ChoiceInput, ctx: Ctx): Promise<ChosenCluster> {
  const { settings, docker, run, leaseDirectory, network, spark } = input;
  const { target, workers, worker, ui, secretFile } = settings;
  const share = { executors: workers, executor: { ...worker } };
  const record = target !== null && 'name' in target ? await findRecord(docker, target.name, ctx) : undefined;
  const isShared = record?.description?.isShared === true;
  if (target === null || (target.kind === 'named' && !isShared)) {
    refuseNetwork(network);
    const name = target?.name ?? run;
    const owner = { run, directory: leaseDirectory };
    const spec = { name, workers, worker: { ...worker }, owner, lease: { seconds: LEASE_SECONDS }, conf: {} };
    return { cluster: { kind: 'ephemeral', spec }, network: networkName(name), isOwnNetwork: true };
  }
  switch (target.kind) {
    case 'named':
    case 'attach': {
      refuseNetwork(network);
      const { name } = target;
      const cluster = isShared && record !== undefined ? await readCluster(docker, record, ctx) : undefined;
      if (cluster === undefined) {
        throw new ToolError('CLUSTER_NOT_FOUND', `Cannot attach to "${name}": there is no shared cluster of this name`);
      }
      checkVersion(cluster, spark);
      const at = record?.description?.network ?? networkName(name);
      return { cluster: { kind: 'attach', name, share }, network: at, isOwnNetwork: false };
    }
    case 'url':
      if (network === null) {
        throw new ToolError('USAGE', `Cannot attach to ${target.master} from a network of the run's own`, {
          hint: 'Name the network in which executors and the driver reach each other with --network, or host',
        });
      }
      return {
        cluster: { ...target, webUi: ui, secretFile, share, pythonPath: [], python: null },
        ...{ network, isOwnNetwork: false },
      };
    default:
      return { cluster: target, network: network ?? networkName(run), isOwnNetwork: network === null };
  }
}

function refuseNetwork(network: string | null): void {
  if (network === null) return;
  throw new ToolError('USAGE', `Cannot run in the network "${network}": a cluster of hibana's has one of its own`, {
    hint: 'Leave out --network, which is for masters of others',
  });
}
