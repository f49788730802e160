import type { ClusterSpec } from '../../core/cluster.ts';
import { ToolError } from '../../core/errors.ts';
import {
  executorHeapBytes,
  formatMemory,
  MEBIBYTE,
  MINIMUM_HEAP_BYTES,
  MINIMUM_OVERHEAD_BYTES,
} from '../../core/quantity.ts';
import { MILLICORES } from '../../core/run-values.ts';

/** What the processes of a container may use, all together. */
export interface Room {
  readonly cores: number;
  readonly memoryBytes: number;
  /** Whether somebody set that limit: it is the machine's otherwise. */
  readonly isLimited: boolean;
}

/** Without a limit others use the machine too. */
const SHARE_OF_MACHINE = 0.5;

/** `constrained` is what the control group allows: 0, or more than the machine has, where it sets no limit. */
export function roomOf(constrained: number, machine: number, cores: number): Room {
  const isLimited = constrained > 0 && constrained < machine;
  return { cores, isLimited, memoryBytes: isLimited ? constrained : Math.floor(machine * SHARE_OF_MACHINE) };
}

/** What somebody said of the size of a cluster. */
export interface AskedSize {
  readonly workers?: number | undefined;
  readonly millicores?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

export type ClusterSize = Pick<ClusterSpec, 'workers' | 'worker'>;

/** Resident, at rest and while a job runs: by measurement. */
const LAUNCHER_BYTES = 64 * MEBIBYTE;
const DAEMON_BYTES = 256 * MEBIBYTE;
const LEAST_WORKER_BYTES = MINIMUM_HEAP_BYTES + MINIMUM_OVERHEAD_BYTES;

/** The cluster for a container: of the size that was asked for, and where nobody asked one worker with all the cores and the memory that
 *  launcher, driver, master and the worker itself leave. `undefined`: nobody asked, and there is no room for one.
 *  @throws {ToolError} QUANTITY_INVALID where there is no room for as many as were asked for */
export function sizeCluster(asked: AskedSize, room: Room, driverHeapBytes: number): ClusterSize | undefined {
  const workers = asked.workers ?? 1;
  const millicores = asked.millicores ?? Math.max(1, Math.floor(room.cores / workers)) * MILLICORES;
  const taken = usedBeside(workers, driverHeapBytes);
  const left = Math.floor((room.memoryBytes - taken) / workers / MEBIBYTE) * MEBIBYTE;
  const memoryBytes = asked.memoryBytes ?? left;
  if (memoryBytes >= LEAST_WORKER_BYTES) return { workers, worker: { millicores, memoryBytes } };
  if (Object.values(asked).every((value) => value === undefined)) return undefined;
  const least = formatMemory(Math.ceil((taken + workers * LEAST_WORKER_BYTES) / MEBIBYTE) * MEBIBYTE);
  throw new ToolError(
    'QUANTITY_INVALID',
    `Cannot fit ${workers} ${workers === 1 ? 'worker' : 'workers'} into a container that may use ${inMebibytes(room.memoryBytes)}: it needs ${least}`,
    { hint: 'Give the container more with --memory, or run without a cluster with HIBANA_CLUSTER=local' },
  );
}

/** The heap of a driver that has the container for itself and the launcher; `undefined` where that is less than Spark takes. */
export function loneDriverHeap(room: Room): number | undefined {
  const bytes = room.memoryBytes - LAUNCHER_BYTES;
  return bytes < LEAST_WORKER_BYTES ? undefined : executorHeapBytes(bytes);
}

/** What is wrong with a cluster that a container is too small for; `undefined` where it fits, or where nobody set a limit. */
export function overcommitted(
  { workers, worker }: ClusterSize,
  room: Room,
  driverHeapBytes: number,
): string | undefined {
  const all = usedBeside(workers, driverHeapBytes) + workers * worker.memoryBytes;
  if (!room.isLimited || all <= room.memoryBytes) return undefined;
  return `The run may use ${inMebibytes(all)} in all, and the container ${inMebibytes(room.memoryBytes)}: it may be ended for memory`;
}

function usedBeside(workers: number, driverHeapBytes: number): number {
  const driver = driverHeapBytes + Math.max(MINIMUM_OVERHEAD_BYTES, Math.ceil(driverHeapBytes / 10));
  return LAUNCHER_BYTES + DAEMON_BYTES * (1 + workers) + driver;
}

function inMebibytes(bytes: number): string {
  return formatMemory(Math.floor(bytes / MEBIBYTE) * MEBIBYTE);
}
