import type Docker from 'dockerode';
import type { Resources } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import type { Properties } from '../../core/properties.ts';
import { formatMemory, GIBIBYTE } from '../../core/quantity.ts';
import { DEFAULT_HEAP, DRIVER_MEMORY, driverBytes } from '../container/driver-memory.ts';
import { dockerError } from './docker-errors.ts';

/** What the machine of a daemon has. */
export interface Room {
  readonly processors: number;
  readonly memoryBytes: number;
}

/** @throws {ToolError} DOCKER_UNREACHABLE */
export async function readRoom(docker: Docker, { signal }: Ctx): Promise<Room> {
  const info: { readonly NCPU: number; readonly MemTotal: number } = await docker.info().catch((error: unknown) => {
    throw dockerError(error, 'ask the daemon what it has');
  });
  signal.throwIfAborted();
  return { processors: info.NCPU, memoryBytes: info.MemTotal };
}

/** What a daemon would refuse of processors, and what it would let be killed later of memory.
 *  @throws {ToolError} WORKER_TOO_LARGE */
export function checkWorker(worker: Resources, { processors, memoryBytes }: Room): void {
  const cores = Math.ceil(worker.millicores / 1_000);
  if (cores > processors) {
    throw new ToolError(
      'WORKER_TOO_LARGE',
      `Cannot give a worker ${cores} cores: the machine of the daemon has ${processors}`,
      { hint: 'Ask for less with --worker-cores', details: { cores, machine: processors } },
    );
  }
  if (worker.memoryBytes <= memoryBytes) return;
  throw new ToolError(
    'WORKER_TOO_LARGE',
    `Cannot give a worker ${formatMemory(worker.memoryBytes)} of memory: the machine of the daemon has ${gibibytes(memoryBytes)}`,
    { details: { memoryBytes: worker.memoryBytes, machineBytes: memoryBytes } },
  );
}

/** @throws {ToolError} DRIVER_TOO_LARGE */
export function checkDriver(properties: Properties, { memoryBytes }: Room): void {
  const heap = properties[DRIVER_MEMORY] ?? DEFAULT_HEAP;
  const wanted = driverBytes(heap);
  if (wanted <= memoryBytes) return;
  throw new ToolError(
    'DRIVER_TOO_LARGE',
    `Cannot give the driver ${gibibytes(wanted)} of memory, of which ${heap} is its heap: the machine of the daemon has ${gibibytes(memoryBytes)}`,
    { details: { memoryBytes: wanted, machineBytes: memoryBytes } },
  );
}

function gibibytes(bytes: number): string {
  return `${(bytes / GIBIBYTE).toFixed(1)}g`;
}
