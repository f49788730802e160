import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster, ClusterProvider, ClusterSpec, ClusterWatcher, MemberId } from '../core/cluster.ts';
import type { Ctx } from '../core/context.ts';
import { errorMessage, ToolError } from '../core/errors.ts';
import { watchRegistration } from './watch-registration.ts';

/** For the whole run: a worker that is lost again and again has a cause that another start does not mend. */
const REPLACEMENTS_PER_WORKER = 3;
const BACK_OFF_MS = [0, 500, 1_000, 2_000, 5_000];

/** Watches the members of a cluster and replaces lost workers, a bounded number of times with a back-off. Resolves when the signal aborts.
 *  A lost master is not replaced: a new one would end the executors of a job that it does not know, while a job that has
 *  registered goes on without one.
 *  @throws {ToolError} MASTER_LOST before the job has registered, WORKERS_LOST when none is left */
export async function keepWorkers(
  provider: ClusterProvider & ClusterWatcher,
  cluster: Cluster,
  spec: ClusterSpec,
  ctx: Ctx,
): Promise<void> {
  const registration = watchRegistration(cluster, ctx);
  const budget = spec.workers * REPLACEMENTS_PER_WORKER;
  let alive = spec.workers;
  let replaced = 0;
  let hasMaster = true;
  for await (const change of provider.watch(spec.name, ctx)) {
    const { member, state, reason = 'ended', isOutOfMemory = false } = change;
    if (state !== 'lost') {
      ctx.emit({ type: 'member', ...member, state });
      continue;
    }
    ctx.emit({ type: 'member', ...member, state, detail: reason });
    if (member.role === 'master') {
      hasMaster = false;
      if (!registration.seen) throw new ToolError('MASTER_LOST', `The master ${reason} before the job had registered`);
      ctx.emit({
        type: 'notice',
        level: 'warning',
        message: `The master ${reason}: the job goes on with the executors it has`,
      });
    } else if (hasMaster && replaced < budget) {
      if (isOutOfMemory) tellOutOfMemory(member, ctx);
      await backOff(replaced, ctx);
      replaced += 1;
      if (!ctx.signal.aborted) await replace(provider, spec, ctx);
    } else {
      alive -= 1;
      if (alive === 0) {
        const code = isOutOfMemory ? 'WORKER_OUT_OF_MEMORY' : 'WORKERS_LOST';
        throw new ToolError(code, `The last worker ${reason}`, { details: { replaced } });
      }
      ctx.emit({
        type: 'notice',
        level: 'warning',
        message: `A worker ${reason} and is not replaced: ${alive} are left`,
      });
    }
  }
}

/** It is replaced, and may be killed again: whoever reads this can do something about it. */
function tellOutOfMemory({ index }: MemberId, ctx: Ctx): void {
  const { message, hint } = new ToolError('WORKER_OUT_OF_MEMORY', `Worker ${index} used up its memory and is replaced`);
  ctx.emit({ type: 'notice', level: 'warning', message, hint });
}

/** A replacement that does not start is no reason to end a job that has other workers. */
async function replace(provider: ClusterProvider, spec: ClusterSpec, ctx: Ctx): Promise<void> {
  await provider.scale(spec.name, spec.workers, ctx).catch((error: unknown) => {
    ctx.emit({ type: 'notice', level: 'warning', message: `Cannot replace a worker: ${errorMessage(error)}` });
  });
}

async function backOff(replaced: number, ctx: Ctx): Promise<void> {
  const ms = BACK_OFF_MS[Math.min(replaced, BACK_OFF_MS.length - 1)] ?? 0;
  await pause(ms, undefined, { signal: ctx.signal }).catch(() => {});
}
