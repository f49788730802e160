import { describe, expect, it } from 'vitest';
import { GIBIBYTE, MEBIBYTE } from '../../../../../runtime/core/quantity.ts';
import { loneDriverHeap, overcommitted, roomOf, sizeCluster } from '../../../../../runtime/launcher/container/room.ts';
import { toolError } from '../../../cli/config/settings-of.ts';

const limited = (memoryBytes: number, cores = 4) => ({ cores, memoryBytes, isLimited: true });

describe('roomOf()', () => {
  it.each([
    [4 * GIBIBYTE, 16 * GIBIBYTE, { cores: 2, memoryBytes: 4 * GIBIBYTE, isLimited: true }],
    [0, 16 * GIBIBYTE, { cores: 2, memoryBytes: 8 * GIBIBYTE, isLimited: false }],
    [2 ** 63, 16 * GIBIBYTE, { cores: 2, memoryBytes: 8 * GIBIBYTE, isLimited: false }],
    [16 * GIBIBYTE, 16 * GIBIBYTE, { cores: 2, memoryBytes: 8 * GIBIBYTE, isLimited: false }],
  ])('with a limit of %d on a machine of %d', (limit, machine, room) => {
    expect(roomOf(limit, machine, 2)).toEqual(room);
  });
});

describe('sizeCluster()', () => {
  it('gives one worker all the cores, and what launcher, driver, master and worker leave of the memory', () => {
    const size = sizeCluster({}, limited(6 * GIBIBYTE), GIBIBYTE);
    expect(size).toEqual({
      workers: 1,
      worker: { millicores: 4_000, memoryBytes: (6_144 - 64 - 512 - 1_408) * MEBIBYTE },
    });
  });

  it('divides cores and memory among as many workers as were asked for', () => {
    const size = sizeCluster({ workers: 3 }, limited(8 * GIBIBYTE), GIBIBYTE);
    const memoryBytes = Math.floor((8_192 - 64 - 1_024 - 1_408) / 3) * MEBIBYTE;
    expect(size).toEqual({ workers: 3, worker: { millicores: 1_000, memoryBytes } });
  });

  it('gives each worker one core where there are fewer cores than workers', () => {
    expect(sizeCluster({ workers: 3 }, limited(8 * GIBIBYTE, 2), GIBIBYTE)?.worker.millicores).toBe(1_000);
  });

  it('takes sizes that were asked for as they are', () => {
    const asked = { workers: 2, millicores: 2_000, memoryBytes: 9 * GIBIBYTE };
    expect(sizeCluster(asked, limited(GIBIBYTE), GIBIBYTE)).toEqual({
      workers: 2,
      worker: { millicores: 2_000, memoryBytes: 9 * GIBIBYTE },
    });
  });

  it('gives none where nobody asked and there is no room, and refuses where somebody did', () => {
    expect(sizeCluster({}, limited(2 * GIBIBYTE), GIBIBYTE)).toBeUndefined();
    expect(() => sizeCluster({ workers: 2 }, limited(2 * GIBIBYTE), GIBIBYTE)).toThrow(
      toolError('QUANTITY_INVALID', /2 workers .* 2g: it needs 3908m/),
    );
  });
});

describe('overcommitted()', () => {
  it('speaks where somebody set a limit that the run may pass', () => {
    const size = { workers: 1, worker: { millicores: 1_000, memoryBytes: 4 * GIBIBYTE } };
    expect(overcommitted(size, limited(4 * GIBIBYTE), GIBIBYTE)).toMatch(/6080m .* 4g/);
    expect(overcommitted(size, limited(8 * GIBIBYTE), GIBIBYTE)).toBeUndefined();
    expect(overcommitted(size, { ...limited(4 * GIBIBYTE), isLimited: false }, GIBIBYTE)).toBeUndefined();
  });
});

describe('loneDriverHeap()', () => {
  it('is what the launcher and the memory outside the heap leave, or nothing that Spark would take', () => {
    expect(loneDriverHeap(limited(2 * GIBIBYTE))).toBe((2_048 - 64 - 384) * MEBIBYTE);
    expect(loneDriverHeap(limited(512 * MEBIBYTE))).toBeUndefined();
  });
});
