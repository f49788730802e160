import type Docker from 'dockerode';
import type { Cluster, ClusterSpec } from '../../runtime/core/cluster.ts';
import { type Ctx, withSignal } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { step } from '../../runtime/core/events.ts';
import { LABELS } from '../../runtime/core/labels.ts';
import { type Probe, waitFor } from '../../runtime/core/wait.ts';
import { type ClusterRecord, findRecord } from '../../runtime/platform/docker/cluster-record.ts';
import type { ContainerImage } from '../../runtime/platform/docker/container-image.ts';
import { createDockerProvider } from '../../runtime/platform/docker/docker-provider.ts';
import { reportCluster } from '../../runtime/platform/docker/list-clusters.ts';
import { sweepDocker } from '../../runtime/platform/docker/sweep.ts';
import { readMasterPage } from '../../runtime/platform/master-page.ts';

const CLEANUP_DEADLINE_MS = 30_000;
const POLL_MS = 200;

interface Place {
  readonly docker: Docker;
  /** For the master to answer, and then for the workers to register. */
  readonly deadlineMs: number;
}

/** Makes a shared cluster of an image and resolves when its workers have registered; a half-made one is deleted again, whatever went wrong.
 *  @throws {ToolError} CLUSTER_EXISTS, NAME_TAKEN, WORKER_TOO_LARGE, CLUSTER_FAILED, CLUSTER_TIMEOUT */
export async function createShared(spec: ClusterSpec, image: ContainerImage, place: Place, ctx: Ctx): Promise<Cluster> {
  return step(ctx, 'cluster', async () => {
    try {
      const cluster = await providerFor(place, image).create(spec, ctx);
      await untilRegistered(cluster, spec.workers, place, ctx);
      return { result: cluster, detail: cluster.master };
    } catch (error) {
      // Nothing was made under a name that is somebody else's.
      if (!(error instanceof ToolError && error.code === 'CLUSTER_EXISTS'))
        await deleteAll(place.docker, spec.name, ctx);
      throw error;
    }
  });
}

/** Starts or ends workers until `workers` have registered.
 *  @throws {ToolError} CLUSTER_FAILED when its master does not run, CLUSTER_TIMEOUT */
export async function scaleShared(record: ClusterRecord, workers: number, place: Place, ctx: Ctx): Promise<void> {
  await step(ctx, 'cluster', async () => {
    const provider = providerFor(place, null);
    await provider.scale(record.name, workers, ctx);
    const cluster = await provider.find(record.name, ctx);
    if (cluster !== undefined) await untilRegistered(cluster, workers, place, ctx);
    return { result: undefined, detail: `${workers} ${workers === 1 ? 'worker' : 'workers'}` };
  });
}

/** Deletes a shared cluster that nobody uses; with `force` any. Gives what is left, in words.
 *  @throws {ToolError} CLUSTER_IN_USE */
export async function deleteShared(
  docker: Docker,
  record: ClusterRecord,
  force: boolean,
  ctx: Ctx,
): Promise<readonly string[]> {
  const { name } = record;
  const users = await usersOf(docker, record, ctx);
  if (users.length > 0 && !force) {
    throw new ToolError('CLUSTER_IN_USE', `Cannot delete the cluster "${name}": ${users.join(', ')} on it`, {
      details: { users },
    });
  }
  return sweepDocker({ docker, labels: [`${LABELS.cluster}=${name}`], roles: ['master', 'worker', 'network'] }, ctx);
}

/** Who uses it, in words: the applications that its master knows. */
export async function usersOf(docker: Docker, record: ClusterRecord, ctx: Ctx): Promise<readonly string[]> {
  const { page } = await reportCluster(docker, record, true, ctx);
  return (page?.running ?? []).map(({ id, name, cores }) => `application ${name} (${id}, ${cores} cores)`);
}

/** The shared cluster of this name.
 *  @throws {ToolError} CLUSTER_NOT_FOUND, also for the own cluster of a run */
export async function needShared(docker: Docker, name: string, verb: string, ctx: Ctx): Promise<ClusterRecord> {
  const record = await findRecord(docker, name, ctx);
  if (record !== undefined && record.run === null) return record;
  const because =
    record === undefined ? 'there is none of this name' : `it is the own one of the run ${record.run} and ends with it`;
  throw new ToolError('CLUSTER_NOT_FOUND', `Cannot ${verb} the shared cluster "${name}": ${because}`, {
    details: { name, run: record?.run ?? null },
  });
}

function providerFor({ docker, deadlineMs }: Place, image: ContainerImage | null) {
  return createDockerProvider({
    ...{ docker, image, deadlineMs, network: null, guard: null, app: undefined, owner: undefined, launcher: undefined },
  });
}

async function untilRegistered({ webUi }: Cluster, workers: number, { deadlineMs }: Place, ctx: Ctx): Promise<void> {
  const wait = { what: `${workers} workers`, step: 'cluster', deadlineMs, intervalMs: POLL_MS } as const;
  await waitFor(
    { ...wait, code: 'CLUSTER_TIMEOUT' },
    async (): Promise<Probe<undefined>> => {
      const alive = (await readMasterPage(webUi ?? '', ctx.signal))?.aliveWorkers ?? 0;
      if (alive === workers) return { done: true, value: undefined };
      return { done: false, lastSeen: `${alive} of ${workers} workers have registered` };
    },
    ctx,
  );
}

async function deleteAll(docker: Docker, name: string, outer: Ctx): Promise<void> {
  const ctx = withSignal(outer, AbortSignal.timeout(CLEANUP_DEADLINE_MS));
  await step(ctx, 'cleanup', async () => {
    const label = `${LABELS.cluster}=${name}`;
    const left = await sweepDocker({ docker, labels: [label], roles: ['master', 'worker', 'network'] }, ctx);
    return { result: undefined, detail: left.length === 0 ? 'half-made cluster deleted' : left.join('; ') };
  });
}
