import type Docker from 'dockerode';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { LABELS } from '../../core/labels.ts';
import { CONFLICT, dockerError, statusOf } from './docker-errors.ts';

/** What a cluster's network and its containers are called: `hibana-team`, `hibana-team-master`. */
export function networkName(cluster: string): string {
  return `hibana-${cluster}`;
}

export function memberName(cluster: string, role: 'master' | 'worker', index: number): string {
  return role === 'master' ? `${networkName(cluster)}-master` : `${networkName(cluster)}-worker-${index}`;
}

/** Makes a network of this name for these alone. Of several who want it at once, one gets it.
 *  @throws {ToolError} CLUSTER_EXISTS where it is another cluster's, NAME_TAKEN where it is somebody else's */
export async function createNetwork(
  docker: Docker,
  name: string,
  labels: Readonly<Record<string, string>>,
  { signal }: Ctx,
): Promise<void> {
  signal.throwIfAborted();
  try {
    await docker.createNetwork({
      Name: name,
      // Older daemons make a second one of the same name without it.
      CheckDuplicate: true,
      Driver: 'bridge',
      Labels: { ...labels },
      abortSignal: signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) !== CONFLICT) throw dockerError(error, `make the network "${name}"`);
    throw await takenError(docker, name, error, { signal });
  }
}

async function takenError(
  docker: Docker,
  name: string,
  cause: unknown,
  { signal }: Pick<Ctx, 'signal'>,
): Promise<ToolError> {
  const found = await docker.listNetworks({ filters: { name: [name] }, abortSignal: signal }).catch(() => []);
  const cluster = found.find((network) => network.Name === name)?.Labels?.[LABELS.cluster];
  if (cluster !== undefined) {
    return new ToolError('CLUSTER_EXISTS', `Cannot create the cluster "${cluster}": there is one of this name`, {
      cause,
    });
  }
  return new ToolError('NAME_TAKEN', `Cannot make the network "${name}": there is one that is not hibana's`, {
    cause,
    details: { network: name },
  });
}
