import { describe, expect, it } from 'vitest';
import { climb, type Verdict } from '../../../../../cli/toolchain/dependencies/climb.ts';
import type { Rung } from '../../../../../cli/toolchain/dependencies/rungs.ts';
import { ToolError } from '../../../../../runtime/core/errors.ts';

const rung = (at: string | null, framesAt: string | null = null): Rung => ({ at, framesAt });
const ladder = [rung('2019'), rung('2019', '2024'), rung('2020'), rung(null)];
const bad = (stage: 'resolves' | 'imports'): Verdict<string> => ({ kind: 'bad', stage, error: new Error(stage) });

/** Each rung's name as it is tried, with the verdicts in their order. */
async function played(verdicts: readonly Verdict<string>[], isOver = () => false) {
  const seen: string[] = [];
  const judge = async ({ at, framesAt }: Rung): Promise<Verdict<string>> => {
    seen.push(`${at ?? 'now'}${framesAt === null ? '' : '+'}`);
    return verdicts[seen.length - 1] ?? bad('resolves');
  };
  return { seen, end: await climb(ladder, judge, isOver) };
}

describe('climb()', () => {
  it('takes the first that is good, and tells what was tried before it', async () => {
    const { seen, end } = await played([bad('resolves'), bad('resolves'), { kind: 'good', value: 'set' }]);
    expect(seen).toEqual(['2019', '2019+', '2020']);
    expect(end).toMatchObject({ kind: 'found', value: 'set', rung: { at: '2020' }, tried: [{}, {}] });
  });

  it('does not try newer frame packages for what installs and does not import', async () => {
    const { seen } = await played([bad('imports'), { kind: 'good', value: 'set' }]);
    expect(seen).toEqual(['2019', '2020']);
  });

  it('goes straight to now when the time is over', async () => {
    let tries = 0;
    const { seen, end } = await played([bad('resolves'), { kind: 'good', value: 'set' }], () => tries++ > 0);
    expect(seen).toEqual(['2019', 'now']);
    expect(end).toMatchObject({ kind: 'found', rung: { at: null } });
  });

  it('goes straight to now when the index tells no times, and names it', async () => {
    const timeless: Verdict<string> = { kind: 'timeless', host: 'index.example', error: new Error('no dates') };
    const { seen, end } = await played([timeless, { kind: 'good', value: 'set' }]);
    expect(seen).toEqual(['2019', 'now']);
    expect(end).toMatchObject({ kind: 'found', timelessHost: 'index.example' });
  });

  const doubtful: Verdict<string> = { kind: 'doubtful', value: 'old', error: new Error('uses what is gone') };

  it('goes on from what is doubtful to what is good, and not by newer frame packages', async () => {
    const { seen, end } = await played([doubtful, { kind: 'good', value: 'set' }]);
    expect(seen).toEqual(['2019', '2020']);
    expect(end).toMatchObject({ kind: 'found', value: 'set', tried: [{ stage: 'runs' }] });
  });

  it.each([
    ['bad', bad('resolves')],
    ['doubtful as well', { ...doubtful, value: 'newer' }],
    [
      'without a module',
      { kind: 'hopeless', error: new ToolError('MODULE_NOT_FOUND', 'It is not installed') } as const,
    ],
  ])('comes back to what is doubtful when all that is later is %s', async (_what, later) => {
    const { end } = await played([doubtful, later, later]);
    expect(end).toMatchObject({ kind: 'found', value: 'old', rung: { at: '2019' } });
    expect(end.tried[0]).toMatchObject({ rung: { at: '2019' }, stage: 'runs' });
  });

  it('keeps nothing that is doubtful where the rest could not be tried', async () => {
    const error = new Error('the index is down');
    const { end } = await played([doubtful, { kind: 'hopeless', error }]);
    expect(end).toMatchObject({ kind: 'failed', error });
  });

  it('stops at what no other time mends', async () => {
    const error = new Error('the index is down');
    const { seen, end } = await played([{ kind: 'hopeless', error }]);
    expect(seen).toEqual(['2019']);
    expect(end).toMatchObject({ kind: 'failed', error });
  });

  it('fails with the error of the last one', async () => {
    const last = bad('imports');
    const { end } = await played([bad('resolves'), bad('resolves'), bad('resolves'), last]);
    expect(end).toMatchObject({ kind: 'failed', error: { message: 'imports' }, tried: [{}, {}, {}, {}] });
  });
});
