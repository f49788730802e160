import { randomBytes } from 'node:crypto';
import type { Cluster, ClusterSpec } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { LABELS, labelsOf } from '../../core/labels.ts';
import { type Probe, waitFor } from '../../core/wait.ts';
import { guardedCommand, LEASE_SECRET } from '../container/guard-command.ts';
import { masterCommand, memberEnvironment } from '../container/member-command.ts';
import { HARMLESS, MEMBER_FOLDER } from '../container/work.ts';
import { readMasterPage } from '../master-page.ts';
import { clusterAt, formatDescription, memberName, SECRET_KEY, secretName } from './cluster-record.ts';
import { createObject } from './create-object.ts';
import { recordOf } from './find-cluster.ts';
import type { ClusterMemory, KubernetesProviderOptions } from './kubernetes-provider.ts';
import { memberPod } from './member-pods.ts';
import type { PodBoard } from './pod-board.ts';
import { endOf, hasEnded, isEnding, troubleOf } from './pod-state.ts';
import { scaleWorkers } from './scale-workers.ts';

export interface ClusterCreation {
  readonly spec: ClusterSpec;
  readonly options: KubernetesProviderOptions;
  readonly memory: ClusterMemory;
  readonly onAddress: ((cluster: Cluster) => void) | undefined;
}

const SECRET_BYTES = 32;
const POLL_MS = 25;

/** Makes the cluster's Secret, the master, and as many workers as the spec says as soon as that has an address; resolves when the master answers. */
export async function createCluster(creation: ClusterCreation, ctx: Ctx): Promise<Cluster> {
  const { spec, options, memory, onAddress } = creation;
  const { board, members } = options;
  if (members === null) throw new Error('a cluster without an image');
  const { name } = spec;
  await board.known(ctx);
  if (recordOf(name, board) !== undefined) {
    throw new ToolError('CLUSTER_EXISTS', `Cannot create the cluster "${name}": there is one of this name`);
  }
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  await createSecret(creation, secret, ctx);
  await createMaster(creation, ctx);
  const address = await untilPlaced(board, name, options.deadlineMs, ctx);
  const cluster = clusterAt({ name, address, secret, spark: members.image.spark });
  onAddress?.(cluster);
  const record = recordOf(name, board);
  if (record === undefined) throw new ToolError('CLUSTER_FAILED', `Cannot keep the cluster "${name}": it is gone`);
  // They take longer to start than the master does.
  await Promise.all([
    scaleWorkers({ record, master: cluster.master, workers: spec.workers, options, memory }, ctx),
    untilAlive(board, cluster, options.deadlineMs, ctx),
  ]);
  return cluster;
}

async function createSecret({ spec, options }: ClusterCreation, auth: string, ctx: Ctx): Promise<void> {
  const { client, owner, app } = options;
  const { core, namespace } = client;
  const guard = spec.lease === null ? null : options.guard;
  const name = secretName(spec.name);
  const labels = labelsOf({ role: 'secret', app, run: spec.owner?.run ?? null, cluster: spec.name });
  await createObject(
    {
      what: `the secret "${name}"`,
      body: {
        metadata: { name, labels, ...(owner === null ? {} : { ownerReferences: [owner] }) },
        immutable: true,
        stringData: {
          [SECRET_KEY.auth]: auth,
          ...(guard === null ? {} : { [SECRET_KEY.lease]: guard.secret, [SECRET_KEY.program]: guard.program }),
        },
      },
      create: (body) => core.createNamespacedSecret({ namespace, body }),
      read: () => core.readNamespacedSecret({ namespace, name }),
    },
    ctx,
  );
}

async function createMaster({ spec, options }: ClusterCreation, ctx: Ctx): Promise<void> {
  const { client, members, owner, app } = options;
  if (members === null) throw new Error('a cluster without an image');
  const { core, namespace } = client;
  const guard = spec.lease === null ? null : options.guard;
  const { image, python, pods } = members;
  const { _SPARK_AUTH_SECRET: _, ...own } = memberEnvironment(image, '');
  const env = { ...HARMLESS, ...own };
  const command = masterCommand(image, spec.conf);
  const name = memberName(spec.name, 'master', 0);
  const { workers, worker, conf } = spec;
  const description = { workers, worker, conf, isShared: spec.lease === null, spark: image.spark, python };
  const body = memberPod({
    ...{ role: 'master', name, template: pods.master, owner, secret: secretName(spec.name), env },
    labels: labelsOf({ role: 'master', app, run: spec.owner?.run ?? null, cluster: spec.name }),
    annotations: { [LABELS.description]: formatDescription(description) },
    command: guard === null ? command : guardedCommand(command, guard, spec.lease?.seconds ?? 0),
    secretEnv: {
      _SPARK_AUTH_SECRET: SECRET_KEY.auth,
      ...(guard === null ? {} : { [LEASE_SECRET]: SECRET_KEY.lease }),
    },
    secretFolder: guard === null ? null : { path: MEMBER_FOLDER, keys: [SECRET_KEY.program] },
  });
  await createObject(
    {
      ...{ what: `the pod "${name}"`, body },
      create: (pod) => core.createNamespacedPod({ namespace, body: pod }),
      read: () => core.readNamespacedPod({ namespace, name }),
    },
    ctx,
  );
}

/** Until a node has it, and it has an address there. */
async function untilPlaced(board: PodBoard, cluster: string, deadlineMs: number, ctx: Ctx): Promise<string> {
  const wait = { what: 'the master to start', step: 'cluster', deadlineMs, intervalMs: POLL_MS } as const;
  return waitFor(
    { ...wait, code: 'CLUSTER_TIMEOUT' },
    async (): Promise<Probe<string>> => {
      const address = recordOf(cluster, board)?.master?.status?.podIP;
      if (address !== undefined) return { done: true, value: address };
      return { done: false, lastSeen: checkMaster(board, cluster) };
    },
    ctx,
  );
}

async function untilAlive(
  board: PodBoard,
  { name, webUi, master: url }: Cluster,
  deadlineMs: number,
  ctx: Ctx,
): Promise<void> {
  const wait = { what: 'the master to answer', step: 'cluster', deadlineMs, intervalMs: POLL_MS } as const;
  await waitFor(
    { ...wait, code: 'CLUSTER_TIMEOUT' },
    async (): Promise<Probe<undefined>> => {
      const page = await readMasterPage(webUi ?? '', ctx.signal);
      if (page?.master === url && page.status === 'ALIVE') return { done: true, value: undefined };
      if (recordOf(name, board)?.master === undefined) {
        throw new ToolError('CLUSTER_FAILED', 'Cannot start the master: somebody has deleted its pod');
      }
      return { done: false, lastSeen: page?.status ?? checkMaster(board, name) };
    },
    ctx,
  );
}

/** What keeps the master, in words.
 *  @throws {ToolError} what is not going to change by itself */
function checkMaster(board: PodBoard, cluster: string): string {
  const { master } = recordOf(cluster, board) ?? {};
  if (master === undefined) return 'no pod yet';
  const trouble = troubleOf(master);
  if (trouble?.isFinal === true) throw new ToolError(trouble.code, `Cannot start the master: ${trouble.message}`);
  if (isEnding(master)) throw new ToolError('CLUSTER_FAILED', 'Cannot start the master: somebody has deleted its pod');
  if (hasEnded(master)) {
    const { status } = endOf(master, 'master') ?? {};
    throw new ToolError('CLUSTER_FAILED', `Cannot start the master: it ended with status ${status ?? 'unknown'}`);
  }
  return trouble?.message ?? `its pod is ${master.status?.phase?.toLowerCase() ?? 'new'}`;
}
