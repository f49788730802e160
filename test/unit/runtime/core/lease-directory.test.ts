import { describe, expect, it } from 'vitest';
import { formatOutcome, LeaseFile, type Outcome, parseOutcome } from '../../../../runtime/core/lease-directory.ts';

const succeeded: Outcome = {
  schema: 'hibana.outcome/v1',
  run: 'pi-261121095512-x3f9',
  kind: 'succeeded',
  exitCode: 0,
  jobStatus: 0,
  reason: null,
  startedAt: '2026-11-21T09:55:12.000Z',
  finishedAt: '2026-11-21T09:55:31.000Z',
  steps: [{ step: 'cluster', elapsedMs: 3_100, ok: true }],
  cluster: 'pi-261121095512-x3f9',
  logs: '/state/runs/pi-261121095512-x3f9/logs',
  leftovers: [],
};

const lost: Outcome = {
  ...succeeded,
  kind: 'lost',
  exitCode: 6,
  jobStatus: null,
  reason: { code: 'LAUNCHER_LOST', message: 'The launcher is gone: "killed"\nline', hint: 'Run it again' },
  steps: [],
  cluster: null,
  leftovers: ['process 4711: kill -9 4711'],
};

describe('formatOutcome() and parseOutcome()', () => {
  it.each([succeeded, lost])('round-trip an outcome that $kind', (outcome) => {
    expect(parseOutcome(formatOutcome(outcome))).toEqual(outcome);
  });

  it.each([
    ['half a file', formatOutcome(succeeded).slice(0, 80)],
    ['nothing', ''],
    ['another schema', formatOutcome(succeeded).replace('outcome/v1', 'outcome/v9')],
    ['an unknown kind', formatOutcome(succeeded).replace('succeeded', 'perhaps')],
    ['a missing field', JSON.stringify({ ...succeeded, exitCode: undefined })],
  ])('refuse %s', (_what, text) => {
    expect(() => parseOutcome(text)).toThrow();
  });

  it('read an outcome of a later version of the tool, which has more fields', () => {
    expect(parseOutcome(JSON.stringify({ ...succeeded, later: true }))).toMatchObject(succeeded);
  });
});

describe('LeaseFile', () => {
  it('names every file once', () => {
    expect(new Set(Object.values(LeaseFile)).size).toBe(Object.keys(LeaseFile).length);
  });
});
