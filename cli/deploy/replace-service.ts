import { type Ctx, withSignal } from '../../runtime/core/context.ts';
import { errorMessage } from '../../runtime/core/errors.ts';
import { step } from '../../runtime/core/events.ts';
import { isGreeting } from '../../runtime/platform/local/jvm-greeting.ts';
import { checkPort } from '../run/check-port.ts';
import { readFailure } from '../run/failure-cause.ts';
import { awaitHealthy } from './health.ts';
import type { Deployments } from './open-deployments.ts';
import type { Revision, Run } from './records.ts';
import { runningRuns, stopRun } from './settle-run.ts';
import { startRun } from './start-run.ts';

/** Stops the service, starts its next revision, and gives that run when it is well. Whatever goes wrong on the way, an interruption too: the new one
 *  is stopped, and what ran before is put back.
 *  @throws {ToolError} PORT_IN_USE before anything is stopped; SERVICE_UNHEALTHY, and what starting throws */
export async function replaceService(
  next: Revision,
  live: Revision | undefined,
  deployments: Deployments,
  ctx: Ctx,
): Promise<Run> {
  const running = await runningRuns(next.application, deployments, ctx);
  const isOurs = running.length > 0 && live?.launch.app.port === next.launch.app.port;
  if (!isOurs) await checkPort(next.launch.app.port, next.docker?.bind);
  try {
    for (const run of running) await stopRun(run, deployments, ctx);
    return await startService(next, next.trigger.kind, deployments, ctx);
  } catch (error) {
    if (running.length > 0 && live !== undefined) await putBack(live, running, deployments, ctx);
    throw error;
  }
}

export interface ServiceRun {
  readonly run: Run;
  /** Whether it had to be started. */
  readonly isStarted: boolean;
}

/** Has the revision that counts run: it is started where it does not, and what runs of others, whose roll-out was cut off, is ended.
 *  @throws {ToolError} as startService */
export async function keepService(
  live: Revision,
  trigger: Run['trigger'],
  deployments: Deployments,
  ctx: Ctx,
): Promise<ServiceRun> {
  const running = await runningRuns(live.application, deployments, ctx);
  const own = running.find(({ revision }) => revision === live.revision);
  for (const run of running) if (run !== own) await stopRun(run, deployments, ctx);
  if (own !== undefined) return { run: own, isStarted: false };
  const run = await step(ctx, 'rollout', async () => {
    const result = await startService(live, trigger, deployments, ctx);
    return { result, detail: `revision ${live.revision} again, run ${result.run}` };
  });
  return { run, isStarted: true };
}

/** Starts a service that does not run, and gives the run when it is well; where it is not there is none.
 *  @throws {ToolError} PORT_IN_USE, SERVICE_UNHEALTHY, and what starting throws */
export async function startService(
  revision: Revision,
  trigger: Run['trigger'],
  deployments: Deployments,
  ctx: Ctx,
): Promise<Run> {
  await checkPort(revision.launch.app.port, revision.docker?.bind);
  const { run } = await startRun({ revision, trigger, args: null, id: null }, deployments, ctx);
  try {
    await awaitHealthy(revision, run, deployments.deployer, ctx);
    return run;
  } catch (error) {
    const own = withSignal(ctx, AbortSignal.timeout(STOP_MS));
    await tellLastLines(run, revision, own);
    await stopRun(run, deployments, own);
    throw error;
  }
}

const STOP_MS = 2 * 60_000;

/** The step that fails shows what it was told last. */
async function tellLastLines(run: Run, { launch }: Revision, ctx: Ctx): Promise<void> {
  const { lines } = await readFailure(run, launch.app.language);
  for (const line of lines.filter((one) => !isGreeting(one))) ctx.emit({ type: 'log', step: 'rollout', line });
}

async function putBack(live: Revision, running: readonly Run[], deployments: Deployments, ctx: Ctx): Promise<void> {
  const own = withSignal(ctx, AbortSignal.timeout(STOP_MS + live.health.timeoutMs));
  const what = `revision ${live.revision}`;
  try {
    // Where the interruption came while they were being stopped.
    for (const run of running) await stopRun(run, deployments, own);
    await startService(live, 'restore', deployments, own);
    ctx.emit({ type: 'notice', level: 'info', message: `Put ${what} back: it is well again` });
  } catch (error) {
    const hint = `Run "hibana start ${live.application}"`;
    const message = `Cannot put ${what} back: ${errorMessage(error)}`;
    ctx.emit({ type: 'notice', level: 'warning', message, hint });
  }
}
