import { describe, expect, it } from 'vitest';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { stampEvent, step } from '../../../../runtime/core/events.ts';
import { testCtx } from '../../../helpers/ctx.ts';

/** A clock that shows the given times, one a look. */
function times(...values: number[]): () => number {
  return () => values.shift() ?? Number.NaN;
}

describe('step()', () => {
  it('answers with the result, and tells the beginning and the end with its time and detail', async () => {
    const ctx = testCtx(times(1_000.25, 1_249.8));
    await expect(step(ctx, 'plan', async () => ({ result: 7, detail: 'app.py' }))).resolves.toBe(7);
    expect(ctx.events).toEqual([
      { type: 'step-started', step: 'plan' },
      { type: 'step-finished', step: 'plan', detail: 'app.py', elapsedMs: 250 },
    ]);
  });

  it('tells a failure with its code and passes the error on unchanged', async () => {
    const ctx = testCtx(times(0, 40));
    const error = new ToolError('GIT_AUTH', 'Cannot fetch "a"');
    await expect(step(ctx, 'source', () => Promise.reject(error))).rejects.toBe(error);
    expect(ctx.events.at(-1)).toEqual({
      type: 'step-failed',
      step: 'source',
      code: 'GIT_AUTH',
      message: 'Cannot fetch "a"',
      elapsedMs: 40,
    });
  });

  it('tells an abort as INTERRUPTED', async () => {
    const ctx = testCtx(times(0, 1));
    await expect(step(ctx, 'job', () => Promise.reject(new DOMException('no more', 'AbortError')))).rejects.toThrow();
    expect(ctx.events.at(-1)).toMatchObject({ type: 'step-failed', code: 'INTERRUPTED' });
  });

  it('tells a mistake of ours without the credentials of its message', async () => {
    const ctx = testCtx(times(0, 1));
    await expect(step(ctx, 'job', () => Promise.reject(new Error('at https://a:b@host')))).rejects.toThrow();
    expect(ctx.events.at(-1)).toMatchObject({ code: 'INTERNAL', message: 'at https://***@host' });
  });
});

describe('stampEvent()', () => {
  const event = { type: 'log', step: 'source', line: 'x' } as const;

  it('adds schema, time and run', () => {
    expect(stampEvent(event, Date.UTC(2026, 0, 2), 'pi-1')).toEqual({
      schema: 'hibana.event/v1',
      time: '2026-01-02T00:00:00.000Z',
      run: 'pi-1',
      ...event,
    });
  });

  it('has no run where there is none', () => {
    expect('run' in stampEvent(event, 0)).toBe(false);
  });
});
