import { withSignal } from '../../runtime/core/context.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import type { AppContext } from '../commands/command.ts';
import { Interruption } from '../interruption.ts';
import { readFailure } from '../run/failure-cause.ts';
import type { RunScope } from '../run/with-run.ts';
import { runDocument } from './documents.ts';
import { followRun } from './follow-run.ts';
import type { Deployments } from './open-deployments.ts';
import type { Revision, Run } from './records.ts';
import { stopRun } from './settle-run.ts';

export interface Waiting {
  readonly isDetached: boolean;
  readonly deployments: Deployments;
  readonly scope: RunScope;
}

const STOP_MS = 2 * 60_000;

/** Shows a run to its end, tells how it ended, and gives its status. A command that is interrupted ends the run, and itself when the run has ended. */
export async function endRun(
  run: Run,
  revision: Pick<Revision, 'launch'>,
  data: Readonly<Record<string, unknown>>,
  { deployments, scope }: Waiting,
  app: AppContext,
): Promise<number> {
  const { ctx, reporter } = scope;
  const ended = await followRun(run, reporter, deployments, ctx).catch(async (error: unknown) => {
    if (!ctx.signal.aborted) throw error;
    const own = withSignal(ctx, AbortSignal.timeout(STOP_MS));
    await stopRun(run, deployments, own);
    return followRun(run, { emit: () => {}, output: async () => {} }, deployments, own);
  });
  const outcome = await outcomeOf(ended, deployments, scope);
  const { language } = revision.launch.app;
  const failure =
    outcome.kind === 'failed' ? await readFailure(outcome, language) : { lines: [], from: 'stderr' as const };
  await reporter.close({ outcome, lastLines: failure.lines, lastLinesFrom: failure.from });
  const error = ended.reason === null ? {} : { error: ended.reason };
  await app.writeResult({ data: { ...data, run: runDocument(ended), outcome }, ...error });
  const { reason } = ctx.signal;
  return reason instanceof Interruption ? reason.exitCode : (ended.exitCode ?? 1);
}

/** As its launcher wrote it; by its record, where that has been forgotten. */
async function outcomeOf(run: Run, { deployer }: Deployments, { ctx }: RunScope): Promise<Outcome> {
  const state = await deployer.observe(run, ctx);
  if (state.kind === 'ended') return state.outcome;
  const { status, startedAt, finishedAt, exitCode, jobStatus, reason, steps, logs } = run;
  return {
    schema: 'hibana.outcome/v1',
    run: run.run,
    kind: status === 'running' ? 'lost' : status,
    ...{ exitCode: exitCode ?? 1, jobStatus, reason, startedAt, finishedAt: finishedAt ?? startedAt },
    steps: [...steps],
    cluster: null,
    logs,
    leftovers: [],
  };
}
