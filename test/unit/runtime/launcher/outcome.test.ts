import { describe, expect, it } from 'vitest';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { judge } from '../../../../runtime/launcher/outcome.ts';
import { StopReason } from '../../../../runtime/launcher/stop-reason.ts';

describe('judge()', () => {
  it.each([
    { status: 0, kind: 'succeeded', reason: null },
    { status: 3, kind: 'failed', reason: { code: 'JOB_FAILED', message: 'The job ended with status 3' } },
    { status: 137, kind: 'failed', reason: { message: 'The job was ended by signal 9' } },
  ])("ends with the job's own status: $status", ({ status, kind, reason }) => {
    const verdict = judge({ end: { status } }, true);
    expect(verdict).toMatchObject({ kind, exitCode: status, jobStatus: status });
    if (reason === null) expect(verdict.reason).toBeNull();
    else expect(verdict.reason).toMatchObject(reason);
  });

  it.each([
    { error: StopReason.signal('SIGINT'), kind: 'interrupted', exitCode: 130 },
    { error: StopReason.signal('SIGTERM'), kind: 'interrupted', exitCode: 143 },
    { error: StopReason.callerGone(), kind: 'interrupted', exitCode: 143 },
    { error: StopReason.timeout(2_000), kind: 'timed-out', exitCode: 124 },
    { error: new ToolError('CLUSTER_FAILED', 'no master'), kind: 'not-started', exitCode: 6 },
    { error: new Error('a bug'), kind: 'not-started', exitCode: 1 },
  ])('$kind ends with $exitCode', ({ error, kind, exitCode }) => {
    expect(judge({ error }, false)).toMatchObject({ kind, exitCode, jobStatus: null });
  });

  it('tells a cluster that was lost under the job from one that never came', () => {
    expect(judge({ error: new ToolError('WORKERS_LOST', 'gone') }, true).kind).toBe('failed');
  });
});
