import { describe, expect, it } from 'vitest';
import { endingLines, summaryLine } from '../../../../cli/report/summary.ts';
import type { Outcome } from '../../../../runtime/core/lease-directory.ts';
import { exampleOutcome } from '../../../helpers/example-run.ts';

describe('summaryLine()', () => {
  it('says what happened and how long each step took', () => {
    expect(summaryLine(exampleOutcome())).toBe(
      'hibana: the job ended with status 3 after 12.4 s (source 0.3 s · cluster 2.1 s · job 9.2 s failed · cleanup 0.2 s)',
    );
  });

  it('says so where the steps took longer together than the run, because the job begins while workers still come', () => {
    const steps = [
      { step: 'cluster', elapsedMs: 7_100, ok: true },
      { step: 'job', elapsedMs: 9_200, ok: true },
    ];
    expect(summaryLine(exampleOutcome({ kind: 'succeeded', steps }))).toBe(
      'hibana: the job succeeded after 12.4 s (cluster 7.1 s · job 9.2 s; cluster and job overlap)',
    );
  });

  it.each<[Partial<Outcome>, string]>([
    [{ kind: 'succeeded', exitCode: 0, jobStatus: 0 }, 'hibana: the job succeeded after 12.4 s'],
    [{ kind: 'failed', jobStatus: 137 }, 'hibana: the job was killed by SIGKILL (status 137) after 12.4 s'],
    [{ kind: 'failed', jobStatus: 255 }, 'hibana: the job ended with status 255 after 12.4 s'],
    [{ kind: 'failed', jobStatus: null }, 'hibana: the job failed after 12.4 s'],
    [{ kind: 'interrupted', exitCode: 130 }, 'hibana: the run was interrupted by SIGINT after 12.4 s'],
    [{ kind: 'interrupted', exitCode: 143 }, 'hibana: the run was interrupted by SIGTERM after 12.4 s'],
    [{ kind: 'timed-out', exitCode: 124 }, 'hibana: the run was stopped by its time-out after 12.4 s'],
    [{ kind: 'not-started', exitCode: 6 }, 'hibana: the run failed after 12.4 s, before the job was started'],
    [
      { kind: 'not-started', exitCode: 6, steps: [{ step: 'job', elapsedMs: 6_700, ok: false }] },
      'hibana: the run failed after 12.4 s: the cluster did not take the job (job 6.7 s failed)',
    ],
    [{ kind: 'lost', exitCode: 6 }, 'hibana: the launcher was lost after 12.4 s, and how the job ended is not known'],
  ])('%o', (change, line) => {
    expect(summaryLine(exampleOutcome({ steps: [], ...change }))).toBe(line);
  });
});

describe('endingLines()', () => {
  it('gives the cause, what to do, the last lines, the logs and the summary last', () => {
    const lines = endingLines({
      outcome: exampleOutcome({ steps: [] }),
      lastLines: ['\u001b[31mSystemExit: 3\u001b[0m'],
      lastLinesFrom: 'stdout',
    });
    expect(lines).toEqual([
      'hibana: The job ended with status 3 [JOB_FAILED]',
      '  Read the last lines of the log above',
      '  last lines of the log:',
      '  | SystemExit: 3',
      '  logs: /state/runs/pi-261121095512-x3f9/logs',
      'hibana: the job ended with status 3 after 12.4 s',
    ]);
  });

  it('is the summary alone when the job succeeded', () => {
    const outcome = exampleOutcome({ kind: 'succeeded', jobStatus: 0, reason: null, steps: [] });
    const lines = endingLines({ outcome, lastLines: ['never shown'], lastLinesFrom: 'stdout' });
    expect(lines).toEqual(['hibana: the job succeeded after 12.4 s']);
  });

  it('names what could not be deleted, also when the job succeeded', () => {
    const outcome = exampleOutcome({ kind: 'succeeded', steps: [], leftovers: ['process 42: kill 42'] });
    expect(endingLines({ outcome, lastLines: [], lastLinesFrom: 'stdout' })[0]).toBe(
      '  left behind: process 42: kill 42',
    );
  });
});
