import type Docker from 'dockerode';
import type { ClusterState, ClusterStatus } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { LABELS } from '../../core/labels.ts';
import { type MasterPage, readMasterPage } from '../master-page.ts';
import { type ClusterRecord, isRunning, listContainers, readCluster, recordsOf } from './cluster-record.ts';

/** The clusters of which a daemon has a container, whoever made them. One that belongs to a run whose launcher is gone is `orphaned`. */
export async function* listClusters(docker: Docker, ctx: Ctx): AsyncIterable<ClusterStatus> {
  const containers = await listContainers(docker, [LABELS.role], ctx);
  const launchers = new Set(
    containers
      .filter((container) => container.Labels[LABELS.role] === 'launcher' && isRunning(container))
      .map(({ Labels }) => Labels[LABELS.run]),
  );
  for (const record of recordsOf(containers)) {
    const hasLauncher = record.run === null || launchers.has(record.run);
    yield (await reportCluster(docker, record, hasLauncher, ctx)).status;
  }
}

export interface ClusterReport {
  readonly status: ClusterStatus;
  /** What its master says; `undefined` where it does not answer. */
  readonly page: MasterPage | undefined;
}

/** One cluster, and what its master says where this machine reaches it. */
export async function reportCluster(
  docker: Docker,
  record: ClusterRecord,
  hasLauncher: boolean,
  ctx: Ctx,
): Promise<ClusterReport> {
  const { name, run, master, workers, description } = record;
  const cluster = await readCluster(docker, record, ctx);
  const page = cluster?.webUi == null ? undefined : await readMasterPage(cluster.webUi, ctx.signal);
  const wanted = description === undefined ? null : description.isShared ? workers.length : description.workers;
  const created = Math.min(...[master, ...workers].flatMap((member) => (member ? [member.Created] : [])));
  const status: ClusterStatus = {
    ...{ name, platform: 'docker', run, workers: wanted },
    ...{ master: cluster?.master ?? null, webUi: cluster?.webUi ?? null },
    createdAt: new Date(created * 1_000).toISOString(),
    shared: description?.isShared ?? null,
    spark: description?.image.spark ?? null,
    python: description?.image.python ?? null,
    ...judge(record, page, hasLauncher),
  };
  return { status, page };
}

type Judged = Pick<ClusterStatus, 'state' | 'problem'>;

function judge(
  { run, master, workers, description }: ClusterRecord,
  page: MasterPage | undefined,
  hasLauncher: boolean,
): Judged {
  const members = [master, ...workers].filter((member) => member !== undefined);
  if (!hasLauncher) return { state: 'orphaned', problem: 'its launcher is gone' };
  if (!members.some(isRunning)) return { state: 'orphaned', problem: 'none of its containers runs' };
  if (master === undefined) return { state: 'orphaned', problem: 'its master is gone' };
  if (description === undefined) {
    return { state: 'unreadable', problem: 'its description is of another version of hibana' };
  }
  const state: ClusterState = run === null ? 'degraded' : 'ending';
  if (!isRunning(master)) return { state, problem: 'its master is not running' };
  const alive = workers.filter(isRunning).length;
  const wanted = description.isShared ? workers.length : description.workers;
  // From outside of the daemon's machine nobody reaches it: what runs must do.
  if (page !== undefined && page.status !== 'ALIVE') return { state: 'starting', problem: null };
  if (alive < wanted && run === null) return { state: 'degraded', problem: `${alive} of ${wanted} workers run` };
  return { state: 'ready', problem: null };
}
