import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { ProgressEvent } from '../../runtime/core/events.ts';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { newRunId } from '../../runtime/core/names.ts';
import { RUN_VARIABLE } from '../../runtime/platform/local/process-table.ts';
import type { AppContext } from '../commands/command.ts';
import { Interruption } from '../interruption.ts';
import type { Reporter } from '../report/reporter.ts';
import type { GuardedRun } from './guarded-run.ts';
import { jobEnvironment } from './job-environment.ts';
import {
  type LauncherOptions,
  type LauncherProcess,
  launcherLost,
  launcherProgram,
  startLauncher,
} from './launcher-process.ts';
import { prepareStateFolder } from './state-folder.ts';

export interface RunInput {
  /** What its id begins with. */
  readonly name: string;
  readonly stateFolder: string;
  /** Whether it launches a job: then the launcher is started first, and guards from then on. Other work calls `guard` before it makes anything. */
  readonly launches: boolean;
  /** What the first signal does, for people. */
  readonly stopping?: string;
  /** What deletes the rest when the last signal has ended the command at once. Default: `hibana cluster prune`. */
  readonly deletion?: (run: string) => string;
}

/** What a command has while it works under a run's id. */
export interface RunScope {
  readonly run: string;
  readonly reporter: Reporter;
  readonly ctx: Ctx;
  /** For the environment of every child: by it whatever outlives us is found. */
  readonly marker: Readonly<Record<string, string>>;
  readonly launcher: LauncherProcess | null;
  /** The folder for fetched and temporary files, deleted at the end, whatever happens. The first call of work that launches nothing starts its guards.
   *  @throws {ToolError} LAUNCHER_FAILED */
  readonly guard: () => Promise<string>;
  /** The steps that have ended so far. */
  readonly steps: readonly { readonly step: string; readonly elapsedMs: number; readonly ok: boolean }[];
  /** Aborts `ctx.signal` with the reason after `ms`, unless disposed before. */
  readonly abortAfter: (ms: number, reason: () => Error) => Disposable;
}

const STOPS_BEFORE_EXIT = 3;

/** Does `work` under a run of its own: from the first file on somebody else deletes what is left should this process be killed. The first SIGINT or SIGTERM aborts and is passed on to the launcher, the second is told to
 *  wait, the third ends this process at once. */
export async function withRun<T>(input: RunInput, app: AppContext, work: (scope: RunScope) => Promise<T>): Promise<T> {
  const run = newRunId(input.name, app.now(), app.random);
  const reporter = app.createReporter(run);
  const controller = new AbortController();
  const steps: RunScope['steps'][number][] = [];
  const emit = (event: ProgressEvent): void => {
    if (event.type === 'step-finished') steps.push({ step: event.step, elapsedMs: event.elapsedMs, ok: true });
    reporter.emit(event);
  };
  const ctx: Ctx = { signal: controller.signal, emit, now: app.now };
  let launcher: LauncherProcess | null = null;
  let kept: GuardedRun | null = null;
  let stops = 0;
  using _signals = app.onSignal((signal) => {
    stops += 1;
    if (stops === STOPS_BEFORE_EXIT) app.exitNow(new Interruption(signal).exitCode);
    const { stopping = 'what the run has made is being deleted', deletion = () => 'hibana cluster prune' } = input;
    const message = stops === 1 ? `Stopping: ${stopping}` : 'Still stopping: once more to leave at once';
    emit({
      type: 'notice',
      level: 'warning',
      message,
      ...(stops === 1 ? {} : { hint: `Then run "${deletion(run)}"` }),
    });
    launcher?.signal(signal);
    controller.abort(new Interruption(signal));
  });
  try {
    await using stack = new AsyncDisposableStack();
    if (input.launches) {
      launcher = stack.use(await startOwnLauncher(input, run, reporter, app, ctx));
      kept = launcher;
    }
    const onLost = (): void =>
      controller.abort(
        new ToolError('LAUNCHER_LOST', 'The guards of what the command makes were killed again and again'),
      );
    const begin = async (): Promise<GuardedRun> => {
      kept ??= await guardOwnRun(input, run, { onLost, app }, ctx);
      return kept;
    };
    let begun: Promise<GuardedRun> | undefined;
    // It may still be starting when the work has failed elsewhere.
    if (!input.launches) stack.defer(async () => (await begun?.catch(() => undefined))?.[Symbol.asyncDispose]());
    const guard = async (): Promise<string> => {
      begun ??= begin();
      return join((await begun).leaseDirectory, LeaseFile.scratch);
    };
    const marker = { [RUN_VARIABLE]: run };
    const scope = { run, reporter, ctx, marker, launcher, guard, steps };
    return await work({ ...scope, abortAfter: abortLater(controller) }).catch((error: unknown) => {
      // What has been going on beside it is not waited for.
      controller.abort(error);
      // Whatever went wrong, it went wrong because our files and children were taken away.
      throw kept?.isLost() ? folderLost(launcher, error) : error;
    });
  } catch (error) {
    throw controller.signal.aborted && !(error instanceof ToolError) ? controller.signal.reason : error;
  } finally {
    await reporter.close();
  }
}

function folderLost(launcher: LauncherProcess | null, cause: unknown): ToolError {
  if (launcher !== null) return launcherLost(cause);
  return new ToolError('LAUNCHER_LOST', 'The folder of the command was deleted while it was at work', { cause });
}

function abortLater(controller: AbortController): RunScope['abortAfter'] {
  return (ms, reason) => {
    const timer = setTimeout(() => controller.abort(reason()), ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  };
}

async function startOwnLauncher(
  { stateFolder }: RunInput,
  run: string,
  reporter: Reporter,
  app: AppContext,
  ctx: Ctx,
): Promise<LauncherProcess> {
  await prepareStateFolder(stateFolder);
  return startLauncher(
    {
      ...programOf(app),
      ...{ run, stateFolder },
      onEvent: (event) => reporter.emit(event),
      onOutput: (stream, chunk) => reporter.output(stream, chunk),
    },
    ctx,
  );
}

async function guardOwnRun(
  { stateFolder }: RunInput,
  run: string,
  { onLost, app }: { readonly onLost: () => void; readonly app: AppContext },
  ctx: Ctx,
): Promise<GuardedRun> {
  const { guardRun } = await import('./guarded-run.ts');
  await prepareStateFolder(stateFolder);
  return guardRun({ ...programOf(app), run, stateFolder, pid: app.pid, onLost }, ctx);
}

/** The launcher's bundle, and what runs it. */
function programOf({ node, root, env }: AppContext): Pick<LauncherOptions, 'node' | 'program' | 'env'> {
  return { node, program: launcherProgram(root), env: jobEnvironment(env) };
}
