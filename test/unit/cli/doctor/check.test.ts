import { describe, expect, it } from 'vitest';
import { type Check, ok, runChecks } from '../../../../cli/doctor/check.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const good: Check = { name: 'good', run: async () => ok('here') };
const forever: Check = { name: 'forever', run: () => new Promise(() => {}) };

function throws(error: unknown): Check {
  return { name: 'bad', run: () => Promise.reject(error) };
}

describe('runChecks()', () => {
  it('answers in the order of the checks, whichever is ready first', async () => {
    const slow: Check = { name: 'slow', run: () => new Promise((resolve) => setImmediate(() => resolve(ok('late')))) };
    const results = await runChecks([slow, good], testCtx());
    expect(results.map(({ name }) => name)).toEqual(['slow', 'good']);
  });

  it('makes of an error a failure with its message and hint, and goes on', async () => {
    const error = new ToolError('GIT_MISSING', 'Cannot find git');
    const results = await runChecks([throws(error), good], testCtx());
    expect(results).toEqual([
      { name: 'bad', state: 'failure', detail: 'Cannot find git', remedy: error.hint },
      { name: 'good', state: 'ok', detail: 'here', remedy: null },
    ]);
  });

  it('makes of a mistake of ours a failure that says how to report it, without credentials', async () => {
    const [result] = await runChecks([throws(new TypeError('at https://a:b@host'))], testCtx());
    expect(result).toMatchObject({ state: 'failure', detail: 'at https://***@host', remedy: expect.any(String) });
  });

  it('does not wait for a check that takes too long, even one that does not listen', async () => {
    const results = await runChecks([forever, good], testCtx(), 20);
    expect(results).toMatchObject([{ state: 'failure', detail: 'no answer within 0.02 s' }, { state: 'ok' }]);
  });

  it('rejects with the reason of the signal, before and during the checks', async () => {
    const [before, during] = [testCtx(), testCtx()];
    const reason = new Error('stop');
    before.abort(reason);
    await expect(runChecks([good], before)).rejects.toBe(reason);
    const running = runChecks([forever], during);
    during.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});
