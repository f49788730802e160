import type Docker from 'dockerode';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { LABELS } from '../../core/labels.ts';
import { listContainers } from './cluster-record.ts';
import { keepExecutorLogs, keepMemberLogs } from './member-logs.ts';
import { sweepDocker } from './sweep.ts';

export interface ClusterDeletion {
  readonly name: string;
  readonly docker: Docker;
  /** Is told which containers are ended here. */
  readonly ended: Set<string>;
  /** The run's folder; `undefined` keeps no logs. */
  readonly logs: string | undefined;
  /** The network that is not the cluster's own. */
  readonly keptNetwork: string | null;
}

/** Deletes every container of a cluster, its volumes and its network, half-made or whole; the logs of a run's own are kept first.
 *  @throws {ToolError} CLUSTER_FAILED with what is left */
export async function deleteCluster(
  { name, docker, ended, logs, keptNetwork }: ClusterDeletion,
  ctx: Ctx,
): Promise<void> {
  const label = `${LABELS.cluster}=${name}`;
  const members = await listContainers(docker, [label], ctx);
  for (const { Id } of members) ended.add(Id);
  if (logs !== undefined) await Promise.all(members.map((member) => keepLogs(docker, member, logs, ctx)));
  const spared = keptNetwork === null ? [] : [keptNetwork];
  const left = await sweepDocker({ docker, labels: [label], roles: ['master', 'worker', 'network'], spared }, ctx);
  if (left.length === 0) return;
  throw new ToolError('CLUSTER_FAILED', `Cannot delete the cluster "${name}": ${left.join('; ')}`);
}

async function keepLogs(docker: Docker, member: Docker.ContainerInfo, logs: string, ctx: Ctx): Promise<void> {
  const role = member.Labels[LABELS.role];
  if (role !== 'master' && role !== 'worker') return;
  const container = docker.getContainer(member.Id);
  await keepMemberLogs(container, logs, ctx);
  if (role === 'worker') await keepExecutorLogs(container, logs, ctx);
}
