import { describe, expect, it } from 'vitest';
import { type ChildCommand, runChild } from '../../../../cli/toolchain/child.ts';
import { testCtx } from '../../../helpers/ctx.ts';

/** It leaves a program behind, in a session of its own, that holds its output open. */
const LEAVES_ONE: ChildCommand = {
  file: 'sh',
  args: ['-c', 'setsid sleep 20 & exec sleep 20'],
  env: { PATH: process.env.PATH },
};

describe('runChild() of a program that leaves another one behind', () => {
  it('ends at the deadline', async () => {
    const ended = runChild({ ...LEAVES_ONE, deadlineMs: 300 }, testCtx());
    await expect(ended).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('rejects with the reason on abort', async () => {
    const [ctx, reason] = [testCtx(), new Error('stop')];
    setTimeout(() => ctx.abort(reason), 300);
    await expect(runChild(LEAVES_ONE, ctx)).rejects.toBe(reason);
  });
});
