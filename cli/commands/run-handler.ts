import { resolve } from 'node:path';
import type { Layout } from '../../runtime/core/app.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import { deployedRuns } from '../deploy/deployed-runs.ts';
import { platformFor } from '../docker/image-source.ts';
import { awaitOutcome } from '../run/await-outcome.ts';
import { checkCluster } from '../run/check-cluster.ts';
import { checkPort } from '../run/check-port.ts';
import { chooseCluster } from '../run/choose-cluster.ts';
import { type Failure, readFailure } from '../run/failure-cause.ts';
import { forgetOldRuns } from '../run/forget-old-runs.ts';
import { indexTokens } from '../run/index-tokens.ts';
import { launchRequest } from '../run/launch-request.ts';
import type { Luggage } from '../run/pack-for-travel.ts';
import { prepareApplication } from '../run/prepare-application.ts';
import { type Application, readApplication } from '../run/read-application.ts';
import { readInput } from '../run/read-input.ts';
import { sourceName } from '../run/source-name.ts';
import { type RunScope, withRun } from '../run/with-run.ts';
import type { DependencyRecord } from '../toolchain/dependencies/record.ts';
import { describeReason } from '../toolchain/dependencies/record-text.ts';
import type { AppContext, CommandHandler } from './command.ts';
import type { definition } from './run.ts';

const RUNS_KEPT = 50;

/** Source, plan, toolchain, dependencies; then the launcher has it. Ends with the job's own status. */
export const runCommand: CommandHandler<typeof definition> = async (args, app) => {
  const { positionals, options, rest } = args;
  const platform = platformFor(positionals.source, options.platform, 'run');
  if (platform === 'docker') return (await import('../docker/run-handler.ts')).runInDocker(args, app);
  if (platform === 'kubernetes') return (await import('../kubernetes/run-handler.ts')).runInKubernetes(args, app);
  const input = readInput(positionals.source, options, rest, app);
  const tokens = indexTokens(options, (path) => resolve(app.cwd, path));
  const folders = foldersFrom(app.env, app.home);
  const startedAt = app.now();
  const deployed = await deployedRuns(folders.state);
  await forgetOldRuns(folders.state, RUNS_KEPT, (run) => deployed.has(run));
  const started = { name: sourceName(input.source), stateFolder: folders.state, launches: true };
  return withRun(started, app, async (scope) => {
    const { launcher, ctx } = scope;
    if (launcher === null) throw new Error('a run without a launcher');
    const { leaseDirectory } = launcher;
    const open = { ...input.open, scratch: await scope.guard(), extraEnv: scope.marker };
    await using application = await readApplication({ ...input, open }, ctx);
    await checkPort(application.plan.app.port);
    const owner = { run: scope.run, leaseDirectory, stateFolder: folders.state };
    const cluster = await chooseCluster(application.settings.cluster, owner);
    await checkCluster(cluster, application, folders.state, ctx);
    const deadline = timeLimit(application, startedAt, scope, app);
    const settings = {
      ...{ cache: folders.cache, java: options.java, caFile: input.open.caFile, upgrade: options.upgrade },
      indexTokens: tokens,
      isConnect: cluster.kind === 'connect',
      ...{ isDirectory: input.source.kind === 'directory', runFolder: leaseDirectory },
    };
    const { layout, dependencies } = await prepareApplication(application, settings, scope, app);
    const luggage = await pack({ cluster, layout, application, scope, cache: folders.cache, pid: app.pid });
    const left = { startedAt, runMs: deadline.left() };
    const request = launchRequest({ application, layout, ...luggage, scope, ...left, env: app.env });
    deadline.cancel();
    const outcome = await awaitOutcome(launcher, request, folders.state);
    await report(outcome, { application, dependencies }, scope, app);
    return outcome.exitCode;
  });
};

interface Packing {
  readonly cluster: LaunchRequest['cluster'];
  readonly layout: Layout;
  readonly application: Application;
  readonly scope: RunScope;
  readonly cache: string;
  readonly pid: number;
}

/** A cluster of somebody else's does not see our files: what its executors need goes with the job. */
async function pack({ cluster, layout, application, scope, cache, pid }: Packing): Promise<Luggage> {
  if (cluster.kind !== 'url') return { cluster, archives: [] };
  const { packForTravel } = await import('../run/pack-for-travel.ts');
  const place = { cache, scratch: await scope.guard(), pid, gitignore: application.tree.commit === null };
  return packForTravel(cluster, layout, place, scope.ctx);
}

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

interface Reported {
  readonly application: Application;
  readonly dependencies: DependencyRecord | null;
}

async function report(
  ended: Outcome,
  { application: { tree, plan }, dependencies }: Reported,
  scope: RunScope,
  app: AppContext,
): Promise<void> {
  const failure = ended.kind === 'failed' ? await readFailure(ended, plan.app.language) : NO_FAILURE;
  const outcome = withCause(ended, failure);
  await scope.reporter.close({ outcome, lastLines: failure.lines, lastLinesFrom: failure.from });
  await app.writeResult({
    data: {
      app: plan.app.name,
      commit: tree.commit,
      spark: plan.app.spark,
      dependencies: summaryOf(dependencies),
      outcome,
    },
    ...(outcome.reason === null ? {} : { error: outcome.reason }),
  });
}

const NO_FAILURE: Failure = { lines: [], from: 'stderr', cause: null, hint: null };

function summaryOf(record: DependencyRecord | null): Readonly<Record<string, unknown>> | null {
  if (record === null) return null;
  const { asOf, tried } = record;
  return { asOf, reason: describeReason(record), tried };
}

function withCause(outcome: Outcome, { cause, hint }: Failure): Outcome {
  const { reason } = outcome;
  if (cause === null || reason?.code !== 'JOB_FAILED') return outcome;
  return { ...outcome, reason: { ...reason, message: `${reason.message}: ${cause}`, hint: hint ?? reason.hint } };
}
