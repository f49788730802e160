import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import type { Deployments } from './open-deployments.ts';
import type { Revision, Run } from './records.ts';
import { runningRuns, stopRun } from './settle-run.ts';
import { startRun } from './start-run.ts';

/** Does with the runs that go on what the next revision says, and starts a run of it. A rollback starts none: what it takes up again has run.
 *  @throws {ToolError} RUN_STUCK, and what starting throws */
export async function replaceJob(
  next: Revision,
  _live: Revision | undefined,
  deployments: Deployments,
  ctx: Ctx,
): Promise<Run | null> {
  if (next.trigger.kind === 'rollback') return null;
  await makeRoom(next, deployments, ctx);
  const { run } = await startRun(
    { revision: next, trigger: next.trigger.kind, args: null, id: null },
    deployments,
    ctx,
  );
  return run;
}

const POLL_MS = 500;

async function makeRoom({ application, onRedeploy }: Revision, deployments: Deployments, ctx: Ctx): Promise<void> {
  if (onRedeploy === 'parallel') return;
  for (;;) {
    ctx.signal.throwIfAborted();
    const running = await runningRuns(application, deployments, ctx);
    if (running.length === 0) return;
    const names = running.map(({ run }) => run).join(', ');
    if (onRedeploy === 'replace') {
      ctx.emit({ type: 'notice', level: 'info', message: `Ends ${names}, which the new revision replaces` });
      for (const run of running) await stopRun(run, deployments, ctx);
    } else {
      ctx.emit({ type: 'step-progress', step: 'rollout', doing: 'waits for runs to end', lastSeen: names });
      await pause(POLL_MS, undefined, { signal: ctx.signal }).catch(() => {});
    }
  }
}
