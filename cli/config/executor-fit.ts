import { ToolError } from '../../runtime/core/errors.ts';
import type { Properties } from '../../runtime/core/properties.ts';
import { executorHeapBytes, formatMemory, sparkMemoryBytes } from '../../runtime/core/quantity.ts';
import type { ClusterTarget } from './cluster-target.ts';
import { MILLICORES } from './schema-values.ts';
import type { Settings } from './settings.ts';

/** Refuses executors that no worker has room for: Spark would wait for such a worker without end. `sparkDefaults` are those of the source, where it
 *  is known.
 *  @throws {ToolError} QUANTITY_INVALID */
export function checkExecutorFits({ plan, submit, cluster }: Settings, sparkDefaults: Properties = {}): void {
  if (!isSized(cluster.target)) return;
  const { memoryBytes, millicores } = cluster.worker;
  executorHeapBytes(memoryBytes);
  const conf: Properties = { ...sparkDefaults, ...plan.conf, ...submit.conf };
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

/** Whether the workers are of the size that was asked for: those of others are what they are. */
export function isSized(target: ClusterTarget | null): boolean {
  return target === null || target.kind === 'named';
}
