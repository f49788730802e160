import { describe, expect, it } from 'vitest';
import { progressReporter } from '../../../../../cli/source/git/progress.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

describe('progressReporter()', () => {
  it.each([
    ['Receiving objects:  45% (450/1000), 1.20 MiB | 3.20 MiB/s\r', 1_258_291, 'receiving objects: 450 of 1000'],
    ['Receiving objects:  45% (450/1000)\r', undefined, 'receiving objects: 450 of 1000'],
    ['remote: Counting objects:   7% (1/13)\r', undefined, 'counting objects: 1 of 13'],
    [
      'Receiving objects: 9% (9/99), 9 bytes | 9 bytes/s\rReceiving objects: 10% (10/99), 12.00 KiB | 9 bytes/s\r',
      12_288,
      'receiving objects: 10 of 99',
    ],
  ])('tells %j', (text, bytes, lastSeen) => {
    const ctx = testCtx();
    progressReporter('fetches x', ctx)(text);
    const expected = { type: 'step-progress', step: 'source', doing: 'fetches x', lastSeen };
    expect(ctx.events).toEqual([bytes === undefined ? expected : { ...expected, bytes }]);
  });

  it('is silent about anything else, and at most five times a second', () => {
    let now = 0;
    const ctx = testCtx(() => now);
    const report = progressReporter('fetches x', ctx);
    report('fatal: something\n');
    for (; now < 1_000; now += 10) report('Receiving objects: 45% (1/2)\r');
    expect(ctx.events).toHaveLength(5);
  });
});
