import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../core/cluster.ts';
import type { Ctx } from '../core/context.ts';
import { ToolError } from '../core/errors.ts';
import { readMasterPage } from '../platform/master-page.ts';
import { readExecutorLog, readExecutors, type WorkerExecutor } from '../platform/worker-page.ts';
import { type Futility, judgeStarts, nextLookMs, withLook } from './executor-starts.ts';

/** A short job ends before anybody looks, and pays nothing. */
const FIRST_LOOK_MS = 15_000;
/** A cluster of others may have hundreds of workers, each with a page of some size. */
const ASKED_AT_ONCE = 8;

export interface ExecutorWatch {
  /** Tells the job's executors from those of other jobs. */
  readonly isOurs: (executor: WorkerExecutor) => boolean;
  /** Waits between two looks, until the signal aborts at the latest; never rejects. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Watches for executors that end as soon as they start, which a standalone cluster starts again without end while the job waits: its own bound
 *  counts only while none runs, and one that was started a moment ago does. Resolves when the signal aborts.
 *  What cannot be read is no sign of anything.
 *  @throws {ToolError} EXECUTORS_FAILED after a minute in which none stayed */
export async function watchExecutors(
  { webUi }: Cluster,
  { isOurs, wait = pauseFor }: ExecutorWatch,
  ctx: Ctx,
): Promise<void> {
  if (webUi === null) return;
  let futility: Futility | undefined;
  let isTold = false;
  let nextMs = FIRST_LOOK_MS;
  while (!ctx.signal.aborted) {
    await wait(nextMs, ctx.signal);
    if (ctx.signal.aborted) return;
    const executors = (await executorsOn(webUi, ctx).catch(() => undefined))?.filter(isOurs);
    if (executors === undefined) {
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

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {});
}

/** `undefined` unless every worker could be asked: the one that was not may have those that stay. */
async function executorsOn(webUi: string, ctx: Ctx): Promise<readonly WorkerExecutor[] | undefined> {
  const page = await readMasterPage(webUi, ctx.signal);
  // A master that stands by knows no worker, one that recovers not yet all of them.
  if (page?.status !== 'ALIVE' || page.workers.length === 0) return undefined;
  const all: WorkerExecutor[] = [];
  for (let from = 0; from < page.workers.length; from += ASKED_AT_ONCE) {
    const some = page.workers.slice(from, from + ASKED_AT_ONCE);
    const pages = await Promise.all(some.map((worker) => readExecutors(worker.webUi, ctx.signal)));
    for (const executors of pages) {
      if (executors === undefined) return undefined;
      all.push(...executors);
    }
  }
  return all;
}

/** A job may have one application after the other, whose executors end with it: those of the newest are counted alone. */
function lookAt(executors: readonly WorkerExecutor[], atMs: number) {
  const running = executors.filter(({ isRunning }) => isRunning).map(({ application, id }) => `${application}/${id}`);
  const newest = executors.toSorted(byStart).at(-1);
  return { atMs, running: new Set(running), started: newest === undefined ? 0 : newest.id + 1 };
}

/** An application's id begins with its time. */
function byStart(a: WorkerExecutor, b: WorkerExecutor): number {
  return a.application.localeCompare(b.application) || a.id - b.id;
}

async function failure({ since, last }: Futility, executors: readonly WorkerExecutor[], ctx: Ctx): Promise<ToolError> {
  const ended = executors.filter(({ isRunning }) => !isRunning);
  const newest = ended.toSorted(byStart).at(-1);
  const lines = newest === undefined ? [] : await readExecutorLog(newest, ctx.signal);
  // What is indented is the inside of a stack trace.
  const why = lines.findLast((line) => !/^\s/.test(line));
  const seconds = Math.round((last.atMs - since.atMs) / 1_000);
  const message = `Executors end as soon as they start, ${last.started - since.started} of them in ${seconds} s`;
  return new ToolError('EXECUTORS_FAILED', why === undefined ? message : `${message}: ${why.trim()}`, {
    details: { started: last.started, log: lines.slice(-20) },
  });
}
