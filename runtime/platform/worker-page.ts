import * as z from 'zod/mini';
import { fetchText } from './fetch-text.ts';

const ExecutorSchema = z.object({
  id: z.number(),
  appid: z.string(),
  appdesc: z.optional(z.object({ command: z.optional(z.string()) })),
});
const PageSchema = z.object({ executors: z.array(ExecutorSchema), finishedexecutors: z.array(ExecutorSchema) });

/** One executor as the worker that it was started by knows it. */
export interface WorkerExecutor {
  readonly application: string;
  /** Counted from 0 in its application, over all workers. */
  readonly id: number;
  readonly isRunning: boolean;
  /** The page of its worker. */
  readonly worker: string;
  /** Where it calls its driver: `spark://CoarseGrainedScheduler@127.0.0.1:35051`; `null` where its command does not say. */
  readonly driver: string | null;
}

/** `Command(org.apache…CoarseGrainedExecutorBackend,List(--driver-url, spark://…, --executor-id, …`: what follows is the job's to choose. */
const DRIVER = /^Command\([^,]*,[^,(]*\(--driver-url, (spark:\/\/[^,\s]+),/;

/** The executors of a worker that run and the last ones that ended; `undefined` where its page cannot be read.
 *  Source: Spark's JsonProtocol.writeWorkerState. */
export async function readExecutors(
  worker: string,
  signal: AbortSignal,
): Promise<readonly WorkerExecutor[] | undefined> {
  const text = await fetchText(`${worker}/json/`, signal).catch(() => undefined);
  signal.throwIfAborted();
  if (text === undefined) return undefined;
  try {
    const { executors, finishedexecutors } = PageSchema.parse(JSON.parse(text));
    const from = (entries: typeof executors, isRunning: boolean): readonly WorkerExecutor[] =>
      entries.map(({ id, appid, appdesc }) => {
        const driver = DRIVER.exec(appdesc?.command ?? '')?.[1] ?? null;
        return { application: appid, id, isRunning, worker, driver };
      });
    return [...from(executors, true), ...from(finishedexecutors, false)];
  } catch {
    return undefined;
  }
}

const LOG_BYTES = 4_096;
/** What is not the executor's: the page's line about the bytes, and the command that Spark's ExecutorRunner writes first. */
const HEADING = /^(?:==== Bytes \d+-\d+ of \d+ of .* ====|Spark Executor Command: .*|=+)$/;

/** The last lines that an executor wrote: to standard output, where a JVM that cannot start says why, then to standard error. None where they
 *  cannot be read.
 *  Source: Spark's worker LogPage, `/log`. */
export async function readExecutorLog(executor: WorkerExecutor, signal: AbortSignal): Promise<readonly string[]> {
  const streams = await Promise.all((['stdout', 'stderr'] as const).map((type) => readStream(executor, type, signal)));
  return streams.flat();
}

async function readStream(
  { application, id, worker }: WorkerExecutor,
  logType: 'stdout' | 'stderr',
  signal: AbortSignal,
): Promise<readonly string[]> {
  const query = new URLSearchParams({ appId: application, executorId: String(id), logType });
  const text = await fetchText(`${worker}/log/?${query}&byteLength=${LOG_BYTES}`, signal).catch(() => '');
  signal.throwIfAborted();
  const lines = text.split('\n');
  // The first line of the file's end may be the rest of a longer one.
  const whole = lines.length > 2 && !lines[0]?.startsWith('==== Bytes 0-') ? [...lines.slice(2)] : lines;
  return whole.filter((line) => line.trim() !== '' && !HEADING.test(line));
}
