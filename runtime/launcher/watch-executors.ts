import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../core/cluster.ts';
import type { Ctx } from '../core/context.ts';
import { ToolError } from '../core/errors.ts';
import { readMasterPage } from '../platform/master-page.ts';
import { readExecutorLog, readExecutors, type WorkerExecutor } from '../platform/worker-page.ts';
import { type Futility, judgeStarts, nextLookMs, withLook } from './executor-starts.ts';

/** A short job ends before anybody looks, and pays nothing. */
const FIRST_LOOK_MS = 15_000;

/** Watches for executors that end as soon as they start, which a standalone cluster starts again without end while the job waits: its own bound
 *  counts only while none runs, and one that was started a moment ago does. Resolves when the signal aborts.
 *  What cannot be read is no sign of anything. On a cluster that others use, applications that began beside this one may be theirs: with more
 *  than one of them nothing is judged.
 *  @throws {ToolError} EXECUTORS_FAILED after a minute in which none stayed */
export async function watchExecutors(cluster: Cluster, isShared: boolean, ctx: Ctx): Promise<void> {
  const { webUi } = cluster;
  if (webUi === null) return;
  const others = new Set(isShared ? await applicationsOn(webUi, ctx) : []);
  let futility: Futility | undefined;
  let isTold = false;
  let nextMs = FIRST_LOOK_MS;
  while (!ctx.signal.aborted) {
    await pause(nextMs, undefined, { signal: ctx.signal }).catch(() => {});
    if (ctx.signal.aborted) return;
    const executors = await executorsOn(webUi, others, ctx).catch(() => undefined);
    if (executors === undefined || (isShared && applicationsOf(executors).length > 1)) {
      futility = undefined;
      continue;
    }
    const look = lookAt(executors, ctx.now());
    nextMs = nextLookMs(futility, look);
    futility = withLook(futility, look);
    const verdict = judgeStarts(futility);
    if (verdict === 'hopeless') throw await failure(futility, executors, ctx);
    if (verdict === 'suspicious' && !isTold) {
      isTold = true;
      const { message } = await failure(futility, executors, ctx);
      ctx.emit({ type: 'notice', level: 'warning', message });
    }
  }
}

async function applicationsOn(webUi: string, ctx: Ctx): Promise<readonly string[]> {
  const page = await readMasterPage(webUi, ctx.signal).catch(() => undefined);
  return page?.running.map(({ id }) => id) ?? [];
}

/** `undefined` unless every worker could be asked: the one that was not may have those that stay. */
async function executorsOn(
  webUi: string,
  others: ReadonlySet<string>,
  ctx: Ctx,
): Promise<readonly WorkerExecutor[] | undefined> {
  const page = await readMasterPage(webUi, ctx.signal);
  if (page === undefined || page.workers.length === 0) return undefined;
  const perWorker = await Promise.all(page.workers.map((worker) => readExecutors(worker.webUi, ctx.signal)));
  if (perWorker.includes(undefined)) return undefined;
  return perWorker.flatMap((executors) => executors ?? []).filter(({ application }) => !others.has(application));
}

function lookAt(executors: readonly WorkerExecutor[], atMs: number) {
  const running = executors.filter(({ isRunning }) => isRunning).map(({ application, id }) => `${application}/${id}`);
  const started = applicationsOf(executors).map((application) => {
    const ids = executors.flatMap((executor) => (executor.application === application ? [executor.id] : []));
    return Math.max(...ids) + 1;
  });
  return { atMs, running: new Set(running), started: started.reduce((sum, count) => sum + count, 0) };
}

function applicationsOf(executors: readonly WorkerExecutor[]): readonly string[] {
  return [...new Set(executors.map(({ application }) => application))];
}

async function failure({ since, last }: Futility, executors: readonly WorkerExecutor[], ctx: Ctx): Promise<ToolError> {
  const ended = executors.filter(({ isRunning }) => !isRunning);
  const newest = ended.reduce<WorkerExecutor | undefined>(
    (a, b) => (a === undefined || b.id > a.id ? b : a),
    undefined,
  );
  const lines = newest === undefined ? [] : await readExecutorLog(newest, ctx.signal);
  // What is indented is the inside of a stack trace.
  const why = lines.findLast((line) => !/^\s/.test(line));
  const seconds = Math.round((last.atMs - since.atMs) / 1_000);
  const message = `Executors end as soon as they start, ${last.started - since.started} of them in ${seconds} s`;
  return new ToolError('EXECUTORS_FAILED', why === undefined ? message : `${message}: ${why.trim()}`, {
    details: { started: last.started, log: lines.slice(-20) },
  });
}
