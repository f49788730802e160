import { describe, expect, it } from 'vitest';
import {
  executorHeapBytes,
  formatMemory,
  GIBIBYTE,
  MEBIBYTE,
  MINIMUM_HEAP_BYTES,
  parseCores,
  parseMemory,
  workerMemoryBytes,
} from '../../../../runtime/core/quantity.ts';

describe('parseMemory()', () => {
  it.each([
    ['2g', 2 * GIBIBYTE],
    ['2G', 2 * GIBIBYTE],
    ['2gb', 2 * GIBIBYTE],
    ['2GiB', 2 * GIBIBYTE],
    ['512m', 512 * MEBIBYTE],
    ['1.5g', 1_536 * MEBIBYTE],
    ['64k', 65_536],
    ['1t', 1_024 * GIBIBYTE],
    [' 1 g ', GIBIBYTE],
    ['1073741824', GIBIBYTE],
    ['1000b', 1_000],
  ])('reads %j as %d bytes', (text, bytes) => {
    expect(parseMemory(text)).toBe(bytes);
  });

  it.each([
    '',
    ' ',
    'g',
    '1gg',
    '1 g g',
    '-1g',
    '0',
    '0g',
    '1e3',
    '0x10',
    '1,5g',
    'NaN',
    'Infinity',
    '1p',
    '0.0000001k',
  ])('refuses %j', (text) => {
    expect(() => parseMemory(text)).toThrowError(expect.objectContaining({ code: 'QUANTITY_INVALID' }));
  });
});

describe('formatMemory()', () => {
  it.each([
    [2 * GIBIBYTE, '2g'],
    [1_536 * MEBIBYTE, '1536m'],
    [1_024 * GIBIBYTE, '1t'],
    [65_536, '64k'],
    [1_000, '1000b'],
    [GIBIBYTE + 1, '1073741825b'],
  ])('writes %d as %s, which parseMemory() reads as the same', (bytes, text) => {
    expect(formatMemory(bytes)).toBe(text);
    expect(parseMemory(text)).toBe(bytes);
  });
});

describe('parseCores()', () => {
  it.each([
    ['2', 2_000],
    ['0.5', 500],
    ['1500m', 1_500],
    [' 1 ', 1_000],
  ])('reads %j as %d millicores', (text, millicores) => {
    expect(parseCores(text)).toBe(millicores);
  });

  it.each(['', '0', '0m', '-1', 'two', '1M', '1c', '1e3', '0.0001'])('refuses %j', (text) => {
    expect(() => parseCores(text)).toThrowError(expect.objectContaining({ code: 'QUANTITY_INVALID' }));
  });
});

describe('executorHeapBytes()', () => {
  it.each([
    ['1g', '640m'],
    ['2g', '1664m'],
    ['4g', '3686m'],
    ['834m', '450m'],
  ])('leaves of a worker of %s a heap of %s', (worker, heap) => {
    expect(formatMemory(executorHeapBytes(parseMemory(worker)))).toBe(heap);
  });

  it('never gives more than the worker has, with what is outside the heap', () => {
    for (let megabytes = 834; megabytes < 20_000; megabytes += 97) {
      const worker = megabytes * MEBIBYTE;
      const heap = executorHeapBytes(worker);
      expect(heap).toBeGreaterThanOrEqual(MINIMUM_HEAP_BYTES);
      expect(heap + Math.max(384 * MEBIBYTE, worker / 10)).toBeLessThanOrEqual(worker);
    }
  });

  it('refuses a worker without room for the least heap, and says how much it needs', () => {
    expect(() => executorHeapBytes(833 * MEBIBYTE)).toThrowError(
      expect.objectContaining({ code: 'QUANTITY_INVALID', hint: expect.stringContaining('834m') }),
    );
  });
});

describe('workerMemoryBytes()', () => {
  it.each(['834m', '1g', '1000m', '3g', '3839m', '4g', '10g', '100g'])('gives what %s was asked for back', (asked) => {
    const heap = executorHeapBytes(parseMemory(asked));
    expect(formatMemory(workerMemoryBytes(heap))).toBe(asked);
  });

  it('never gives more than fits', () => {
    for (let megabytes = 450; megabytes < 20_000; megabytes += 97) {
      expect(executorHeapBytes(workerMemoryBytes(megabytes * MEBIBYTE))).toBeLessThanOrEqual(megabytes * MEBIBYTE);
    }
  });
});
