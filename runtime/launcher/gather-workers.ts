import type { Cluster, ClusterSpec } from '../core/cluster.ts';
import type { Ctx } from '../core/context.ts';
import { formatMemory } from '../core/quantity.ts';
import { waitFor } from '../core/wait.ts';
import { readMasterPage } from '../platform/master-page.ts';

const POLL_MS = 100;

/** Waits until the workers have registered and says what there is. The job runs meanwhile: one worker is enough for it, so that
 *  only a cluster that still has none after `deadlineMs` is an error. Resolves early when `ctx.signal` aborts because the job has ended.
 *  @throws {ToolError} CLUSTER_TIMEOUT */
export async function gatherWorkers(
  cluster: Cluster,
  spec: ClusterSpec,
  deadlineMs: number,
  ctx: Ctx,
): Promise<string> {
  const { webUi } = cluster;
  if (webUi === null) return `${spec.workers} workers started`;
  let alive = 0;
  const count = (wanted: number, withinMs: number): Promise<void> =>
    waitFor(
      {
        what: wanted === 1 ? 'a worker' : `${wanted} workers`,
        step: 'cluster',
        deadlineMs: withinMs,
        intervalMs: POLL_MS,
        code: 'CLUSTER_TIMEOUT',
      },
      async () => {
        alive = (await readMasterPage(webUi, ctx.signal))?.aliveWorkers ?? alive;
        const lastSeen = `${alive} of ${spec.workers} workers have registered`;
        return alive >= wanted ? { done: true, value: undefined } : { done: false, lastSeen };
      },
      ctx,
    );
  try {
    await count(1, deadlineMs);
    await count(spec.workers, deadlineMs).catch((error: unknown) => {
      ctx.signal.throwIfAborted();
      ctx.emit({ type: 'notice', level: 'warning', message: error instanceof Error ? error.message : String(error) });
    });
  } catch (error) {
    if (!ctx.signal.aborted) throw error;
  }
  const cores = spec.worker.millicores / 1_000;
  const each = `${spec.workers === 1 ? '' : 'each '}with ${cores} ${cores === 1 ? 'core' : 'cores'} and ${formatMemory(spec.worker.memoryBytes)}`;
  return `${alive === spec.workers ? alive : `${alive} of ${spec.workers}`} ${spec.workers === 1 ? 'worker' : 'workers'}, ${each}`;
}
