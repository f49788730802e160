import { MEBIBYTE, sparkMemoryBytes } from '../../core/quantity.ts';

export const DRIVER_MEMORY = 'spark.driver.memory';
/** Spark's own. */
export const DEFAULT_HEAP = '1g';
/** For Python, buffers and the JVM's own beside the heap. Source: spark.driver.memoryOverheadFactor of Spark on Kubernetes, for Python. */
const OVERHEAD_FRACTION = 0.4;
const LEAST_OVERHEAD_BYTES = 512 * MEBIBYTE;

/** All that the container of a driver with such a heap may use. */
export function driverBytes(heap: string): number {
  const heapBytes = sparkMemoryBytes(heap);
  return heapBytes + Math.max(LEAST_OVERHEAD_BYTES, Math.ceil(heapBytes * OVERHEAD_FRACTION));
}
