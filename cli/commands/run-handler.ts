import { ToolError } from '../../runtime/core/errors.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import { awaitOutcome } from '../run/await-outcome.ts';
import { checkPort } from '../run/check-port.ts';
import { readFailure } from '../run/failure-cause.ts';
import { forgetOldRuns } from '../run/forget-old-runs.ts';
import { launchRequest } from '../run/launch-request.ts';
import { prepareApplication } from '../run/prepare-application.ts';
import { type Application, readApplication } from '../run/read-application.ts';
import { readInput } from '../run/read-input.ts';
import { type RunScope, withRun } from '../run/with-run.ts';
import type { AppContext, CommandHandler } from './command.ts';
import type { definition } from './run.ts';

const RUNS_KEPT = 50;

/** Source, plan, toolchain, dependencies; then the launcher has it. Ends with the job's own status. */
export const runCommand: CommandHandler<typeof definition> = async ({ positionals, options, rest }, app) => {
  const input = readInput(positionals.source, options, rest, app);
  const folders = foldersFrom(app.env, app.home);
  const startedAt = app.now();
  await forgetOldRuns(folders.state, RUNS_KEPT);
  const started = { source: input.source, stateFolder: folders.state, needsLauncher: true };
  return withRun(started, app, async (scope) => {
    const { launcher, ctx } = scope;
    if (launcher === null) throw new Error('a run without a launcher');
    const { leaseDirectory } = launcher;
    const open = { ...input.open, scratch: scope.scratch, extraEnv: scope.marker };
    await using application = await readApplication({ ...input, open }, ctx);
    await checkPort(application.plan.app.port);
    const deadline = timeLimit(application, startedAt, scope, app);
    const settings = { cache: folders.cache, java: options.java, caFile: input.open.caFile };
    const layout = await prepareApplication(application, settings, scope, app);
    const request = launchRequest({ application, layout, scope, leaseDirectory, startedAt, runMs: deadline.left() });
    deadline.cancel();
    const outcome = await awaitOutcome(launcher, request, folders.state);
    await report(outcome, application, scope, app);
    return outcome.exitCode;
  });
};

interface TimeLimit {
  /** Milliseconds, at least one; `null` when there is no limit. */
  left(): number | null;
  /** From now on the launcher counts. */
  cancel(): void;
}

function timeLimit({ settings }: Application, startedAt: number, scope: RunScope, app: AppContext): TimeLimit {
  const { runMs } = settings.timeouts;
  if (runMs === null) return { left: () => null, cancel: () => {} };
  const left = (): number => Math.max(1, startedAt + runMs - app.now());
  const seconds = Math.round(runMs / 1_000);
  const timer = scope.abortAfter(left(), () => new ToolError('RUN_TIMEOUT', `The run took longer than ${seconds} s`));
  return { left, cancel: () => timer[Symbol.dispose]() };
}

async function report(ended: Outcome, application: Application, scope: RunScope, app: AppContext): Promise<void> {
  const { tree, plan } = application;
  const failure = ended.kind === 'failed' ? await readFailure(ended, plan.app.language) : { lines: [], cause: null };
  const outcome = withCause(ended, failure.cause);
  await scope.reporter.close({ outcome, lastLines: failure.lines });
  await app.writeResult({
    data: { app: plan.app.name, commit: tree.commit, spark: plan.app.spark, outcome },
    ...(outcome.reason === null ? {} : { error: outcome.reason }),
  });
}

function withCause(outcome: Outcome, cause: string | null): Outcome {
  const { reason } = outcome;
  if (cause === null || reason === null) return outcome;
  return { ...outcome, reason: { ...reason, message: `${reason.message}: ${cause}` } };
}
