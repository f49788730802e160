import { ToolError } from './errors.ts';

const MEMORY = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?$/i;
const MEMORY_UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const CORES = /^(\d+(?:\.\d+)?)(m?)$/;

export const MEBIBYTE = 2 ** 20;
export const GIBIBYTE = 2 ** 30;

/** `2g`, `512m`, `1GiB`, `1073741824` → bytes. Units are powers of 1024, as Spark's are. `name` is what the error calls it.
 *  @throws {ToolError} QUANTITY_INVALID for anything else, and for zero. */
export function parseMemory(text: string, name?: string): number {
  const match = MEMORY.exec(text.trim());
  const unit = MEMORY_UNITS[match?.[2]?.toLowerCase() ?? ''] ?? 1;
  const bytes = Math.round(Number(match?.[1]) * unit);
  if (!match || bytes <= 0) throw unreadable(text, name, 'an amount of memory');
  return bytes;
}

/** Bytes → the shortest text that Spark and `parseMemory` read as the same number: `2g`, `640m`, `1000b`. */
export function formatMemory(bytes: number): string {
  for (const unit of ['t', 'g', 'm', 'k']) {
    const size = MEMORY_UNITS[unit] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}b`;
}

/** As `parseMemory`, for the properties of Spark in which a bare number is mebibytes. Source: Spark's configuration page, "spark.executor.memory". */
export function sparkMemoryBytes(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * MEBIBYTE : parseMemory(text);
}

/** `2`, `0.5`, `1500m` → millicores.
 *  @throws {ToolError} QUANTITY_INVALID for anything else, and for zero. */
export function parseCores(text: string, name?: string): number {
  const match = CORES.exec(text.trim());
  const millicores = Math.round(Number(match?.[1]) * (match?.[2] === 'm' ? 1 : 1_000));
  if (!match || millicores <= 0) throw unreadable(text, name, 'a number of cores');
  return millicores;
}

function unreadable(text: string, name: string | undefined, what: string): ToolError {
  return new ToolError('QUANTITY_INVALID', `Cannot read ${name === undefined ? '' : `${name} `}"${text}" as ${what}`);
}

const OVERHEAD_FRACTION = 0.1;
export const MINIMUM_OVERHEAD_BYTES = 384 * MEBIBYTE;
/** Spark refuses an executor with less heap. Source: UnifiedMemoryManager, 1.5 × its reserved 300 MiB. */
export const MINIMUM_HEAP_BYTES = 450 * MEBIBYTE;

/** The heap of an executor on a worker that may use `workerBytes` in all: what is left after the larger of 384 MiB and a tenth
 *  (Spark's own rule for memory outside the heap: Python workers, network buffers), rounded down to a MiB.
 *  @throws {ToolError} QUANTITY_INVALID when less than the 450 MiB that Spark needs would be left. */
export function executorHeapBytes(workerBytes: number): number {
  const overhead = Math.max(MINIMUM_OVERHEAD_BYTES, Math.ceil(workerBytes * OVERHEAD_FRACTION));
  const heap = Math.floor((workerBytes - overhead) / MEBIBYTE) * MEBIBYTE;
  if (heap < MINIMUM_HEAP_BYTES) {
    const least = formatMemory(MINIMUM_HEAP_BYTES + MINIMUM_OVERHEAD_BYTES);
    throw new ToolError(
      'QUANTITY_INVALID',
      `Cannot run an executor in ${formatMemory(workerBytes)} of worker memory: it needs ${least}`,
      {
        hint: `Give each worker at least ${least} with --worker-memory`,
      },
    );
  }
  return heap;
}

/** The least that a worker may be given so that its executor has a heap of `heapBytes`: what executorHeapBytes made that of. */
export function workerMemoryBytes(heapBytes: number): number {
  const heap = Math.floor(heapBytes / MEBIBYTE);
  return Math.max(heap * MEBIBYTE + MINIMUM_OVERHEAD_BYTES, Math.ceil(heap / (1 - OVERHEAD_FRACTION)) * MEBIBYTE);
}
