import { ToolError } from '../../runtime/core/errors.ts';
import { executorHeapBytes, formatMemory, MEBIBYTE, parseMemory } from '../../runtime/core/quantity.ts';
import { MILLICORES } from './schema-values.ts';
import type { Settings } from './settings.ts';

/** Refuses executors that no worker has room for: Spark would wait for such a worker without end.
 *  @throws {ToolError} QUANTITY_INVALID, USAGE */
export function checkExecutorFits({ plan, submit, cluster }: Settings): void {
  const { memoryBytes, millicores } = cluster.worker;
  executorHeapBytes(memoryBytes);
  const conf = { ...plan.conf, ...submit.conf };
  const memory = conf['spark.executor.memory'];
  if (memory !== undefined && sparkMemoryBytes(memory) > memoryBytes) {
    const room = formatMemory(memoryBytes);
    throw new ToolError('QUANTITY_INVALID', `Cannot fit spark.executor.memory "${memory}" into a worker of ${room}`, {
      hint: 'Give each worker more with --worker-memory, or leave the property out: it follows from the worker',
    });
  }
  const cores = conf['spark.executor.cores'];
  if (cores !== undefined && Number(cores) * MILLICORES > millicores) {
    const has = millicores / MILLICORES;
    throw new ToolError('QUANTITY_INVALID', `Cannot fit spark.executor.cores "${cores}" into a worker with ${has}`, {
      hint: 'Give each worker more with --worker-cores, or leave the property out: it follows from the worker',
    });
  }
}

/** A bare number of this property is mebibytes. Source: Spark's configuration page, "spark.executor.memory". */
function sparkMemoryBytes(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * MEBIBYTE : parseMemory(text);
}
