import type { ClusterState, ClusterStatus } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { LABELS } from '../../core/labels.ts';
import { type ClusterRecord, clusterAt, counts, labelOf, recordsOf } from './cluster-record.ts';
import type { KubernetesProviderOptions } from './kubernetes-provider.ts';
import { isRunning, troubleOf } from './pod-state.ts';

/** The clusters of which there is a pod, whoever made them. One that belongs to a run whose launcher is gone is `orphaned`. */
export async function* listClusters(
  { board }: Pick<KubernetesProviderOptions, 'board'>,
  ctx: Ctx,
): AsyncIterable<ClusterStatus> {
  await board.known(ctx);
  const { pods } = board;
  const launched = new Set(
    pods
      .filter((pod) => labelOf(pod, LABELS.role) === 'launcher' && counts(pod))
      .map((pod) => labelOf(pod, LABELS.run) ?? null),
  );
  for (const record of recordsOf(pods)) yield statusOf(record, record.run === null || launched.has(record.run));
}

function statusOf(record: ClusterRecord, hasLauncher: boolean): ClusterStatus {
  const { name, run, master, workers, description } = record;
  const address = master !== undefined && isRunning(master) ? master.status?.podIP : undefined;
  const place =
    address === undefined ? null : clusterAt({ name, address, secret: null, spark: description?.spark ?? '' });
  const times = [master, ...workers].flatMap((pod) => {
    const created = pod?.metadata?.creationTimestamp;
    // A text where a watch told of it.
    return created === undefined ? [] : [new Date(created).getTime()];
  });
  return {
    ...{ name, platform: 'kubernetes', run, workers: description?.workers ?? null },
    ...{ master: place?.master ?? null, webUi: place?.webUi ?? null },
    createdAt: new Date(Math.min(...times)).toISOString(),
    shared: description?.isShared ?? null,
    spark: description?.spark ?? null,
    python: description?.python ?? null,
    ...judge(record, hasLauncher),
  };
}

type Judged = Pick<ClusterStatus, 'state' | 'problem'>;

function judge({ run, master, workers, description }: ClusterRecord, hasLauncher: boolean): Judged {
  if (!hasLauncher) return { state: 'orphaned', problem: 'its launcher is gone' };
  if (master === undefined) return { state: 'orphaned', problem: 'its master is gone' };
  if (description === undefined) {
    return { state: 'unreadable', problem: 'its description is of another version of hibana' };
  }
  const state: ClusterState = run === null ? 'degraded' : 'ending';
  if (!counts(master)) return { state, problem: 'its master is not running' };
  if (!isRunning(master)) return { state: 'starting', problem: troubleOf(master)?.message ?? null };
  const running = workers.filter(isRunning).length;
  if (running < description.workers && run === null) {
    return { state: 'degraded', problem: `${running} of ${description.workers} workers run` };
  }
  return { state: 'ready', problem: null };
}
