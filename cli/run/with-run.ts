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
import { jobEnvironment } from './job-environment.ts';
import { type LauncherProcess, launcherLost, startLauncher } from './launcher-process.ts';
import { prepareStateFolder } from './state-folder.ts';

export interface RunInput {
  /** What its id begins with. */
  readonly name: string;
  readonly stateFolder: string;
  /** Without one nothing guards what is created: for work that creates nothing. `later`: work that finds out whether it will calls `guard`. */
  readonly needsLauncher: boolean | 'later';
  /** What the first signal does, for people. */
  readonly stopping?: string;
}

/** What a command has while it works under a run's id. */
export interface RunScope {
  readonly run: string;
  readonly reporter: Reporter;
  readonly ctx: Ctx;
  /** Where fetched and temporary files go; deleted at the end, whatever happens. Empty without a launcher. */
  readonly scratch: string;
  /** For the environment of every child: by it whatever outlives us is found. */
  readonly marker: Readonly<Record<string, string>>;
  readonly launcher: LauncherProcess | null;
  /** Starts the launcher, once, and gives the folder for fetched and temporary files: for work that is begun without. */
  readonly guard: () => Promise<string>;
  /** The steps that have ended so far. */
  readonly steps: readonly { readonly step: string; readonly elapsedMs: number; readonly ok: boolean }[];
  /** Aborts `ctx.signal` with the reason after `ms`, unless disposed before. */
  readonly abortAfter: (ms: number, reason: () => Error) => Disposable;
}

const STOPS_BEFORE_EXIT = 3;

/** Does `work` under a run of its own: the launcher is started first, so that from the first file on somebody else deletes what is
 *  left should this process be killed. The first SIGINT or SIGTERM aborts and is passed on to the launcher, the second is told to
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
  let stops = 0;
  using _signals = app.onSignal((signal) => {
    stops += 1;
    if (stops === STOPS_BEFORE_EXIT) app.exitNow(new Interruption(signal).exitCode);
    const { stopping = 'what the run has made is being deleted' } = input;
    const message = stops === 1 ? `Stopping: ${stopping}` : 'Still stopping: once more to leave at once';
    emit({
      type: 'notice',
      level: 'warning',
      message,
      ...(stops === 1 ? {} : { hint: 'Then run "hibana cluster prune"' }),
    });
    launcher?.signal(signal);
    controller.abort(new Interruption(signal));
  });
  try {
    await using stack = new AsyncDisposableStack();
    const begin = async (): Promise<LauncherProcess> => {
      launcher = stack.use(await start(input, run, reporter, app, ctx));
      return launcher;
    };
    const first = input.needsLauncher === true ? await begin() : null;
    let begun: Promise<LauncherProcess> | undefined;
    const guard = async (): Promise<string> => {
      begun ??= first === null ? begin() : Promise.resolve(first);
      return scratchOf(await begun);
    };
    const marker = { [RUN_VARIABLE]: run };
    const scratch = first === null ? '' : scratchOf(first);
    const scope = { run, reporter, ctx, scratch, marker, launcher: first, guard, steps };
    return await work({ ...scope, abortAfter: abortLater(controller) }).catch((error: unknown) => {
      // Whatever went wrong, it went wrong because our files and children were taken away.
      throw launcher?.isLost() ? launcherLost(error) : error;
    });
  } catch (error) {
    throw controller.signal.aborted && !(error instanceof ToolError) ? controller.signal.reason : error;
  } finally {
    await reporter.close();
  }
}

function scratchOf({ leaseDirectory }: LauncherProcess): string {
  return join(leaseDirectory, LeaseFile.scratch);
}

function abortLater(controller: AbortController): RunScope['abortAfter'] {
  return (ms, reason) => {
    const timer = setTimeout(() => controller.abort(reason()), ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  };
}

async function start(
  input: RunInput,
  run: string,
  reporter: Reporter,
  app: AppContext,
  ctx: Ctx,
): Promise<LauncherProcess> {
  await prepareStateFolder(input.stateFolder);
  return startLauncher(
    {
      run,
      stateFolder: input.stateFolder,
      node: app.node,
      program: join(app.root, 'dist', 'launcher', 'main.mjs'),
      env: jobEnvironment(app.env),
      onEvent: (event) => reporter.emit(event),
      onOutput: (stream, chunk) => reporter.output(stream, chunk),
    },
    ctx,
  );
}
