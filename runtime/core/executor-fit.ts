import type { Resources } from './cluster.ts';
import { type Cores, wholeNumber } from './cluster-properties.ts';
import { ToolError } from './errors.ts';
import type { Properties } from './properties.ts';
import { executorHeapBytes, formatMemory, MEBIBYTE, sparkMemoryBytes, workerMemoryBytes } from './quantity.ts';
import { MILLICORES } from './run-values.ts';

/** Refuses executors that no worker has room for, and those with more cores than the job may have in all: Spark would wait without end.
 *  @throws {ToolError} QUANTITY_INVALID, USAGE */
export function checkExecutorFits(conf: Properties, { memoryBytes, millicores }: Resources): void {
  const room = executorHeapBytes(memoryBytes);
  const memory = conf['spark.executor.memory'];
  if (memory !== undefined && sparkMemoryBytes(memory) > room) {
    const size = formatMemory(memoryBytes);
    const least = formatMemory(workerMemoryBytes(wholeMebibytes(sparkMemoryBytes(memory))));
    throw new ToolError(
      'QUANTITY_INVALID',
      `Cannot fit spark.executor.memory "${memory}" into a worker of ${size}: it has ${formatMemory(room)} for the heap of an executor`,
      {
        hint: `Give each worker more with --worker-memory ${least}, or leave the property out: it follows from the worker`,
      },
    );
  }
  const cores = conf['spark.executor.cores'];
  if (cores !== undefined && Number(cores) * MILLICORES > millicores) {
    const has = millicores / MILLICORES;
    throw new ToolError('QUANTITY_INVALID', `Cannot fit spark.executor.cores "${cores}" into a worker with ${has}`, {
      hint: 'Give each worker more with --worker-cores, or leave the property out: it follows from the worker',
    });
  }
  const all = wholeNumber(conf['spark.cores.max']);
  const each = wholeNumber(cores);
  if (all !== undefined && each !== undefined) checkCoresInAll({ each, all });
}

/** Refuses a job that may have fewer cores than one executor takes: Spark would never start one.
 *  @throws {ToolError} QUANTITY_INVALID */
export function checkCoresInAll({ each, all }: Cores): void {
  if (each <= all) return;
  throw new ToolError(
    'QUANTITY_INVALID',
    `Cannot run an executor with ${coresText(each)} (spark.executor.cores): the job may have ${all} in all (spark.cores.max)`,
    { hint: 'Let the job have more cores in all, or its executors fewer', details: { each, all } },
  );
}

/** `1 core`, `4 cores` */
export function coresText(cores: number): string {
  return `${cores} ${cores === 1 ? 'core' : 'cores'}`;
}

function wholeMebibytes(bytes: number): number {
  return Math.ceil(bytes / MEBIBYTE) * MEBIBYTE;
}
