import { describe, expect, it } from 'vitest';
import { checkWorkerFits, crowdWarning, wantedMemory } from '../../../../cli/config/machine-fit.ts';
import { GIBIBYTE } from '../../../../runtime/core/quantity.ts';
import { settingsOf, toolError } from './settings-of.ts';

const MACHINE = 16 * GIBIBYTE;
const worker = (gibibytes: number) => ({ millicores: 1_000, memoryBytes: gibibytes * GIBIBYTE });
const driverBytes = GIBIBYTE;

describe('checkWorkerFits()', () => {
  it('takes one as large as the machine', () => {
    expect(() => checkWorkerFits(worker(16), MACHINE)).not.toThrow();
  });

  it('refuses one that is larger, and says how large the machine is', () => {
    expect(() => checkWorkerFits(worker(900), MACHINE)).toThrow(
      toolError('WORKER_TOO_LARGE', 'Cannot give a worker 900g of memory: this machine has 16.0g'),
    );
  });
});

describe('crowdWarning()', () => {
  it.each([
    [15, 1],
    [1, 15],
    [5, 3],
  ])('has nothing to say of %i workers with %ig beside a driver', (workers, size) => {
    expect(crowdWarning({ workers, worker: worker(size), driverBytes }, MACHINE)).toBeNull();
  });

  it('adds up what is more than the machine has', () => {
    expect(crowdWarning({ workers: 150, worker: worker(1), driverBytes }, MACHINE)?.message).toBe(
      '150 workers with 1g each and a driver with 1g may use 151.0g of memory, and this machine has 16.0g',
    );
    expect(crowdWarning({ workers: 2, worker: worker(9), driverBytes: 0 }, MACHINE)?.message).toBe(
      '2 workers with 9g each may use 18.0g of memory, and this machine has 16.0g',
    );
    expect(crowdWarning({ workers: 1, worker: worker(16), driverBytes }, MACHINE)?.message).toMatch(
      /^A worker with 16g/,
    );
  });
});

describe('wantedMemory()', () => {
  it('is that of the workers and of the driver, whoever has set it last', () => {
    const flags = { workers: '3', workerMemory: '2g' };
    expect(wantedMemory(settingsOf({ flags }), {})).toMatchObject({ workers: 3, driverBytes: GIBIBYTE });
    const file = { 'spark.driver.memory': '2g' };
    expect(wantedMemory(settingsOf({ flags }), file)).toMatchObject({ driverBytes: 2 * GIBIBYTE });
    const conf = ['spark.driver.memory=4096'];
    expect(wantedMemory(settingsOf({ flags: { ...flags, conf } }), file)).toMatchObject({ driverBytes: 4 * GIBIBYTE });
  });

  it.each(['team', 'local', 'spark://h:7077'])('is not ours to judge on --cluster %s', (cluster) => {
    expect(wantedMemory(settingsOf({ flags: { cluster } }), {})).toBeNull();
  });
});
