import { randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import type { Cluster, ClusterSpec } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { LABELS, labelsOf } from '../../core/labels.ts';
import { MEBIBYTE } from '../../core/quantity.ts';
import { type Probe, waitFor } from '../../core/wait.ts';
import { guardEnvironment, guardedCommand } from '../container/guard-command.ts';
import { masterCommand, memberEnvironment } from '../container/member-command.ts';
import { readMasterPage } from '../master-page.ts';
import { type ClusterDescription, clusterAt, findRecord, formatDescription } from './cluster-record.ts';
import type { ContainerRequest } from './container-options.ts';
import { dockerError } from './docker-errors.ts';
import type { DockerProviderOptions } from './docker-provider.ts';
import { lastLines } from './member-logs.ts';
import { createNetwork, memberName, networkName } from './networks.ts';
import { checkWorker, readRoom } from './room.ts';
import { scaleWorkers } from './scale-workers.ts';
import { createContainer, startContainer } from './start-container.ts';

export interface ClusterCreation {
  readonly spec: ClusterSpec;
  readonly options: DockerProviderOptions;
  readonly ended: Set<string>;
  readonly lost: ReadonlySet<string>;
  readonly numbers: Map<string, number>;
  readonly onAddress: ((cluster: Cluster) => void) | undefined;
}

const SECRET_BYTES = 32;
const POLL_MS = 50;
/** For a JVM with a heap of 512 MiB, and the small one that guards it. */
const MASTER_BYTES = 896 * MEBIBYTE;

/** Makes a network, the master, and as many workers as the spec says; resolves when the master answers. */
export async function createCluster(
  { spec, options, ended, lost, numbers, onAddress }: ClusterCreation,
  ctx: Ctx,
): Promise<Cluster> {
  const { docker, image } = options;
  // Nobody's lease: shared ones outlive every launcher.
  const guard = spec.lease === null ? null : options.guard;
  if (image === null) throw new Error('a cluster without an image');
  checkWorker(spec.worker, await readRoom(docker, ctx));
  const { name } = spec;
  const run = spec.owner?.run ?? null;
  if ((await findRecord(docker, name, ctx)) !== undefined) {
    throw new ToolError('CLUSTER_EXISTS', `Cannot create the cluster "${name}": there is one of this name`);
  }
  const common = { app: options.app, run, owner: options.owner, cluster: name, launcher: options.launcher };
  const network = options.network ?? networkName(name);
  if (options.network === null) await createNetwork(docker, network, labelsOf({ ...common, role: 'network' }), ctx);
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  const description: ClusterDescription = {
    ...{ workers: spec.workers, worker: spec.worker, conf: spec.conf, isShared: spec.lease === null, network, image },
    memberVolume: guard?.volume ?? null,
  };
  const command = masterCommand(image, spec.conf);
  const request: ContainerRequest = {
    ...{ name: memberName(name, 'master', 0), image: image.id, user: image.user, network },
    command: guard === null ? command : guardedCommand(command, guard, spec.lease?.seconds ?? 0),
    env: { ...memberEnvironment(image, secret), ...guardEnvironment(guard) },
    labels: { ...labelsOf({ ...common, role: 'master' }), [LABELS.description]: formatDescription(description) },
    ...{ memoryBytes: MASTER_BYTES, millicores: null, memberVolume: guard?.volume ?? null },
  };
  const master = await createContainer(docker, request, [], ctx);
  const address = await startContainer(master, request, ctx);
  const cluster = clusterAt({ name, address, secret, spark: image.spark });
  onAddress?.(cluster);
  await untilAlive(master, cluster, options.deadlineMs, ctx);
  const record = await findRecord(docker, name, ctx);
  if (record === undefined) throw new ToolError('CLUSTER_FAILED', `Cannot keep the cluster "${name}": it is gone`);
  await scaleWorkers(
    { record, workers: spec.workers, options, ended, lost, numbers, logs: spec.owner?.directory },
    ctx,
  );
  return cluster;
}

async function untilAlive(
  master: Docker.Container,
  { webUi, master: url }: Cluster,
  deadlineMs: number,
  ctx: Ctx,
): Promise<void> {
  const wait = { what: 'the master to answer', step: 'cluster', deadlineMs, intervalMs: POLL_MS } as const;
  await waitFor(
    { ...wait, code: 'CLUSTER_TIMEOUT' },
    async (): Promise<Probe<undefined>> => {
      const page = await readMasterPage(webUi ?? '', ctx.signal);
      if (page?.master === url && page.status === 'ALIVE') return { done: true, value: undefined };
      if (page === undefined) await checkRuns(master, ctx);
      return { done: false, lastSeen: page?.status ?? 'no answer yet' };
    },
    ctx,
  );
}

async function checkRuns(master: Docker.Container, ctx: Ctx): Promise<void> {
  const { State } = await master.inspect({ abortSignal: ctx.signal }).catch((error: unknown) => {
    ctx.signal.throwIfAborted();
    throw dockerError(error, 'look at the master');
  });
  if (State.Running) return;
  const log = await lastLines(master, ctx);
  const why = log.at(-1);
  const message = `Cannot start the master: it ended with status ${State.ExitCode}`;
  throw new ToolError('CLUSTER_FAILED', why === undefined ? message : `${message}: ${why}`, { details: { log } });
}
