import { describe, expect, it } from 'vitest';
import type { Resources } from '../../../../runtime/core/cluster.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { checkExecutorFits } from '../../../../runtime/core/executor-fit.ts';
import { parseMemory } from '../../../../runtime/core/quantity.ts';

const worker = (memory: string, cores = 1): Resources => ({
  millicores: cores * 1_000,
  memoryBytes: parseMemory(memory),
});

/** What is said of executors with these properties on such a worker; `fits` where nothing is. */
function judge(conf: Readonly<Record<string, string>>, resources: Resources): string {
  try {
    checkExecutorFits(conf, resources);
    return 'fits';
  } catch (error) {
    return error instanceof ToolError ? `${error.code}: ${error.message} (${error.hint})` : String(error);
  }
}

describe('checkExecutorFits()', () => {
  it.each([
    ['640m', '1g'],
    ['640', '1g'],
    ['655360k', '1g'],
    ['1664m', '2g'],
    ['3686m', '4g'],
  ])('takes a heap of %s on a worker of %s, which has so much for executors', (memory, size) => {
    expect(judge({ 'spark.executor.memory': memory }, worker(size))).toBe('fits');
  });

  it.each([
    ['641m', '1g', '1025m'],
    ['641', '1g', '1025m'],
    ['1g', '1g', '1408m'],
    ['1665m', '2g', '2049m'],
    ['3687m', '4g', '4097m'],
    ['20g', '2g', '22756m'],
  ])('refuses a heap of %s on a worker of %s, and asks for one of %s', (memory, size, least) => {
    const said = judge({ 'spark.executor.memory': memory }, worker(size));
    expect(said).toMatch(`QUANTITY_INVALID: Cannot fit spark.executor.memory "${memory}" into a worker of ${size}`);
    expect(said).toMatch(`--worker-memory ${least},`);
    expect(judge({ 'spark.executor.memory': memory }, worker(least))).toBe('fits');
  });

  it.each([
    ['2', '2', 'fits'],
    ['2', '3', 'fits'],
    ['2', '1', 'QUANTITY_INVALID'],
    ['1', '0', 'fits'],
    ['1', 'many', 'fits'],
  ])('judges executors with %s cores of %s in all: %s', (each, all, expected) => {
    const conf = { 'spark.executor.cores': each, 'spark.cores.max': all };
    expect(judge(conf, worker('1g', 2))).toMatch(new RegExp(`^${expected}`));
  });

  it('takes fewer cores in all than a worker has, where executors may have any number', () => {
    expect(judge({ 'spark.cores.max': '1' }, worker('1g', 2))).toBe('fits');
  });

  it('takes as many cores as a worker has, and refuses more', () => {
    expect(judge({ 'spark.executor.cores': '2' }, worker('1g', 2))).toBe('fits');
    expect(judge({ 'spark.executor.cores': '3' }, worker('1g', 2))).toMatch(
      /^QUANTITY_INVALID: .*"3" into a worker with 2/,
    );
  });
});
