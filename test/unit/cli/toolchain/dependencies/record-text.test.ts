import { describe, expect, it } from 'vitest';
import type { ResolveAt } from '../../../../../cli/config/resolve-at.ts';
import type { Climb, Try } from '../../../../../cli/toolchain/dependencies/climb.ts';
import type { DependencyRecord } from '../../../../../cli/toolchain/dependencies/record.ts';
import {
  ageNotice,
  describeReason,
  type FoundSet,
  reasonFor,
  recordText,
} from '../../../../../cli/toolchain/dependencies/record-text.ts';

const at = '2019-06-03T10:00:00.000Z';
const later = '2019-12-03T10:00:00.000Z';
const failed: Try = { rung: { at, framesAt: null }, stage: 'resolves', error: new Error('no build of numpy') };

interface Row {
  readonly found?: Partial<Extract<Climb<FoundSet>, { kind: 'found' }>>;
  readonly resolveAt?: ResolveAt;
  readonly hasCommit?: boolean;
}

function reason({ found = {}, resolveAt = { kind: 'commit' }, hasCommit = true }: Row): string {
  const base = {
    kind: 'found',
    rung: { at, framesAt: null },
    value: { lock: 'six==1\nnumpy==2 \\\n    --hash=x\n', tree: '' },
    tried: [],
    timelessHost: null,
  } as const;
  const input = { found: { ...base, ...found }, resolveAt, hasCommit, now: '2026-11-21T00:00:00.000Z' };
  return describeReason(reasonFor({ ...input, python: '3.11', series: '4.2' }));
}

const now = { at: null, framesAt: null };

describe('reasonFor()', () => {
  it.each<readonly [row: Row, text: string]>([
    [{}, 'as of the commit: 2019-06-03'],
    [
      { found: { rung: { at: later, framesAt: null }, tried: [failed] } },
      'as of 2019-12-03, because what there was at the commit (2019-06-03) does not install on Python 3.11: no build of numpy',
    ],
    [
      { found: { rung: { at, framesAt: '2024-11-15T00:00:00.000Z' }, tried: [failed] } },
      'as of the commit: 2019-06-03 (numpy, six as of 2024-11-15, which Spark 4.2 needs)',
    ],
    [{ found: { rung: now }, hasCommit: false }, 'as of now: 2026-11-21, because the source is not a commit'],
    [{ found: { rung: now }, resolveAt: { kind: 'now' } }, 'as of now: 2026-11-21'],
    [
      { found: { rung: now, tried: [failed], timelessHost: 'index.example' } },
      'as of now: 2026-11-21, because the index at "index.example" gives no upload dates',
    ],
    [{ resolveAt: { kind: 'date', at, text: '2019-06-03' } }, 'as asked for: 2019-06-03'],
  ])('says of %o: %s', (row, text) => {
    expect(reason(row)).toBe(text);
  });
});

const record: DependencyRecord = {
  ...{ schema: 'hibana.dependencies/v1', asOf: at, isNow: false, when: 'as of the commit: 2019-06-03', why: null },
  ...{
    tried: [],
    lock: '--index-url https://me:secret@index.example/simple\nsix==1.12.0\n',
    options: [],
    tree: 'deps/x',
  },
};

describe('recordText()', () => {
  it('is a requirements file that says of what time it is, without credentials', () => {
    const text = recordText(record);
    expect(text).toMatch(/^# The dependencies of this run, as of the commit: 2019-06-03\n/);
    expect(text.split('\n').filter((line) => !line.startsWith('#'))).toContain('six==1.12.0');
    expect(text).not.toContain('secret');
  });
});

describe('ageNotice()', () => {
  const day = Date.parse('2026-11-21T00:00:00Z');

  it('says what an old set is, and how to get another', () => {
    expect(ageNotice(record, day)).toMatchObject({
      message: expect.stringContaining('as of 2019-06-03'),
      hint: expect.stringContaining('--upgrade'),
    });
  });

  it('names nothing that takes the same set again', () => {
    const old = { ...record, asOf: '2026-08-21T00:00:00Z', isNow: true };
    expect(ageNotice(old, day)).toMatchObject({
      message: expect.stringContaining('were resolved on 2026-08-21'),
      hint: 'Give --upgrade to resolve them anew as of now',
    });
  });

  it('is silent about a set of this week, and about what the source has locked', () => {
    expect(ageNotice({ ...record, asOf: '2026-11-19T00:00:00Z', isNow: true }, day)).toBeUndefined();
    expect(ageNotice({ ...record, asOf: null }, day)).toBeUndefined();
  });
});
