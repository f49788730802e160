import { describe, expect, it } from 'vitest';
import { type Probe, type Wait, waitFor } from '../../../../runtime/core/wait.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const wait: Wait = {
  what: 'the master to answer',
  step: 'cluster',
  deadlineMs: 5_000,
  intervalMs: 1,
  code: 'CLUSTER_TIMEOUT',
};

/** A clock that moves by `stepMs` with every look at it, and a probe that is done at the n-th time. */
function clock(stepMs: number): () => number {
  let time = 0;
  return () => {
    time += stepMs;
    return time;
  };
}

/** As `clock`, but its n-th look is `jumpMs` off, and all after it. */
function jumping(stepMs: number, look: number, jumpMs: number): () => number {
  const steady = clock(stepMs);
  let looks = 0;
  return () => {
    looks += 1;
    return steady() + (looks >= look ? jumpMs : 0);
  };
}

function doneAt(count: number): () => Promise<Probe<number>> {
  let probes = 0;
  return async () => {
    probes += 1;
    return probes >= count ? { done: true, value: probes } : { done: false, lastSeen: `${probes} of ${count}` };
  };
}

describe('waitFor()', () => {
  it('answers with the value of the first probe that is done', async () => {
    await expect(waitFor(wait, doneAt(3), testCtx(clock(1)))).resolves.toBe(3);
  });

  it('says after the deadline what it waited for and what it last saw', async () => {
    await expect(waitFor(wait, doneAt(1_000), testCtx(clock(600)))).rejects.toMatchObject({
      code: 'CLUSTER_TIMEOUT',
      message: expect.stringMatching(/^Waited 5 s for the master to answer: \d+ of 1000$/),
      details: { deadlineMs: 5_000 },
    });
  });

  it('takes a probe that is done also when the deadline is over', async () => {
    await expect(waitFor({ ...wait, deadlineMs: 0 }, doneAt(1), testCtx(clock(600)))).resolves.toBe(1);
  });

  it('reports about once a second, not with every probe', async () => {
    const ctx = testCtx(clock(300));
    await waitFor(wait, doneAt(10), ctx);
    expect(ctx.events).toEqual([
      { type: 'step-progress', step: 'cluster', doing: 'waits for the master to answer', lastSeen: '4 of 10' },
      { type: 'step-progress', step: 'cluster', doing: 'waits for the master to answer', lastSeen: '8 of 10' },
    ]);
  });

  it.each([
    ['set an hour forward', 3_600_000],
    ['set an hour back', -3_600_000],
    ['read after this program was stopped for three minutes', 180_000],
  ])('goes on when the clock is %s', async (_what, jumpMs) => {
    await expect(waitFor({ ...wait, deadlineMs: 20_000 }, doneAt(10), testCtx(jumping(300, 4, jumpMs)))).resolves.toBe(
      10,
    );
  });

  it.each([3_600_000, -3_600_000])('still keeps its deadline when the clock jumps by %i ms', async (jumpMs) => {
    const waiting = waitFor({ ...wait, deadlineMs: 20_000 }, doneAt(1_000), testCtx(jumping(300, 4, jumpMs)));
    await expect(waiting).rejects.toMatchObject({ code: 'CLUSTER_TIMEOUT' });
  });

  it('does not probe under a signal that is aborted already', async () => {
    const ctx = testCtx();
    const reason = new Error('stop');
    ctx.abort(reason);
    let probes = 0;
    const probe = async (): Promise<Probe<never>> => {
      probes += 1;
      return { done: false, lastSeen: 'nothing' };
    };
    await expect(waitFor(wait, probe, ctx)).rejects.toBe(reason);
    expect(probes).toBe(0);
  });

  it('rejects with the reason of the signal when it aborts during the pause', async () => {
    const ctx = testCtx();
    const reason = new Error('stop');
    const waiting = waitFor({ ...wait, intervalMs: 60_000 }, doneAt(99), ctx);
    setImmediate(() => ctx.abort(reason));
    await expect(waiting).rejects.toBe(reason);
  });

  it('passes on an error of the probe', async () => {
    const error = new Error('broken');
    await expect(waitFor(wait, () => Promise.reject(error), testCtx())).rejects.toBe(error);
  });
});
