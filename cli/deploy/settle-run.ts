import type { Ctx } from '../../runtime/core/context.ts';
import { errorCode, ToolError } from '../../runtime/core/errors.ts';
import { ExitCode } from '../../runtime/core/exit-codes.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import { GIBIBYTE } from '../../runtime/core/quantity.ts';
import { isStartedByAnother } from './change-deployment.ts';
import type { Deployments } from './open-deployments.ts';
import type { Revision, Run } from './records.ts';
import { findRevision } from './store.ts';

/** The run as it is now: one whose end nobody has seen yet is looked at, and its end put on record. */
export async function settleRun(run: Run, deployments: Deployments, ctx: Ctx): Promise<Run> {
  if (run.status !== 'running') return run;
  const { store, deployer, stateFolder, pid } = deployments;
  const state = await deployer.observe(run, ctx);
  if (state.kind === 'running') return run;
  // Its record is there before its launcher is; but whoever looks is not about to start it.
  const place = { stateFolder, name: run.application };
  if (state.kind === 'absent' && (await isStartedByAnother(place, pid))) return run;
  const outcome = state.kind === 'ended' ? state.outcome : neverStarted(run, ctx);
  const revision = await revisionOf(run, deployments);
  const ended = endedRun(run, outcome, revision);
  await store.put(ended, 'replace');
  return ended;
}

/** `undefined` too where a newer hibana has written it: that a run has ended can be said all the same. */
async function revisionOf({ application, revision }: Run, { store }: Deployments): Promise<Revision | undefined> {
  try {
    return await findRevision(store, application, (one) => one.revision === revision);
  } catch (error) {
    if (errorCode(error) === 'RECORD_UNREADABLE') return undefined;
    throw error;
  }
}

/** The record of a run that has ended. */
export function endedRun(run: Run, outcome: Outcome, revision: Revision | undefined): Run {
  const { kind, finishedAt, exitCode, jobStatus, reason, steps, logs } = outcome;
  const seconds = Math.max(0, Date.parse(finishedAt) - Date.parse(run.startedAt)) / 1_000;
  return {
    ...run,
    ...{ status: kind, finishedAt, exitCode, jobStatus, reason, logs },
    steps: [...steps],
    ...reserved(revision, seconds),
  };
}

/** What the workers had, for as long as the run took. The driver is not counted, and nothing where the executors were somebody else's. */
function reserved(revision: Revision | undefined, seconds: number): Pick<Run, 'coreSeconds' | 'gibSeconds'> {
  if (revision === undefined || revision.launch.cluster.target !== null) return { coreSeconds: null, gibSeconds: null };
  const { workers, worker } = revision.launch.cluster;
  const rounded = (value: number): number => Math.round(value * 10) / 10;
  return {
    coreSeconds: rounded((workers * worker.millicores * seconds) / 1_000),
    gibSeconds: rounded((workers * worker.memoryBytes * seconds) / GIBIBYTE),
  };
}

function neverStarted(run: Run, ctx: Ctx): Outcome {
  const { code, message, hint } = new ToolError('LAUNCHER_LOST', 'The run left no trace: it was never started', {
    hint: 'Start it again, under another --run-id where it had one',
  });
  return {
    schema: 'hibana.outcome/v1',
    run: run.run,
    kind: 'lost',
    exitCode: ExitCode.platform,
    jobStatus: null,
    reason: { code, message, hint },
    startedAt: run.startedAt,
    finishedAt: new Date(ctx.now()).toISOString(),
    steps: [],
    cluster: null,
    logs: run.logs,
    leftovers: [],
  };
}

/** The runs of an application, newest first, as they are now. */
export async function* settledRuns(name: string, deployments: Deployments, ctx: Ctx): AsyncIterable<Run> {
  for await (const run of deployments.store.runs(name)) yield await settleRun(run, deployments, ctx);
}

/** Those of them that go on. */
export async function runningRuns(name: string, deployments: Deployments, ctx: Ctx): Promise<readonly Run[]> {
  const running: Run[] = [];
  for await (const run of deployments.store.runs(name, 'running')) {
    if ((await settleRun(run, deployments, ctx)).status === 'running') running.push(run);
  }
  return running;
}

/** Ends a run and puts its end on record. @throws {ToolError} RUN_STUCK */
export async function stopRun(run: Run, deployments: Deployments, ctx: Ctx): Promise<Run> {
  await deployments.deployer.stop(run, ctx);
  return settleRun(run, deployments, ctx);
}
