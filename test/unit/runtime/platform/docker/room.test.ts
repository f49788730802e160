import { describe, expect, it } from 'vitest';
import { GIBIBYTE } from '../../../../../runtime/core/quantity.ts';
import { driverBytes } from '../../../../../runtime/platform/container/driver-memory.ts';
import { checkDriver, checkWorker } from '../../../../../runtime/platform/docker/room.ts';

const room = { processors: 4, memoryBytes: 8 * GIBIBYTE };

describe('checkWorker()', () => {
  it.each([
    [4_000, 8 * GIBIBYTE, null],
    [3_500, GIBIBYTE, null],
    [4_001, GIBIBYTE, '--worker-cores'],
    [1_000, 8 * GIBIBYTE + 1, '--worker-memory'],
  ])('of %d millicores and %d bytes refuses what the machine could never give', (millicores, memoryBytes, hint) => {
    const check = (): void => checkWorker({ millicores, memoryBytes }, room);
    if (hint === null) expect(check).not.toThrow();
    else
      expect(check).toThrow(expect.objectContaining({ code: 'WORKER_TOO_LARGE', hint: expect.stringContaining(hint) }));
  });
});

describe('checkDriver()', () => {
  it.each([
    [{}, true],
    [{ 'spark.driver.memory': '5g' }, true],
    [{ 'spark.driver.memory': '6g' }, false],
  ])('counts what Python and the JVM have beside the heap of %j', (properties, fits) => {
    const check = (): void => checkDriver(properties, room);
    if (fits) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'DRIVER_TOO_LARGE' }));
  });

  it('driverBytes() is at least half a gibibyte more than the heap', () => {
    expect([driverBytes('1g'), driverBytes('10g')]).toEqual([1.5 * GIBIBYTE, 14 * GIBIBYTE]);
  });
});
