import { ToolError } from '../core/errors.ts';
import { ExitCode } from '../core/exit-codes.ts';
import type { Outcome } from '../core/lease-directory.ts';
import type { DriverEnd } from './launch.ts';
import { StopReason } from './stop-reason.ts';

export type LaunchResult = { readonly end: DriverEnd } | { readonly error: unknown };

type Verdict = Pick<Outcome, 'kind' | 'exitCode' | 'jobStatus' | 'reason'>;

const SIGNAL_BASE = 128;
const SIGKILL_STATUS = 137;

/** What the result of a launch means: the status of the command that waits for it, and the reason in words.
 *  `jobStarted` tells a cluster that never came up from one that was lost under the job. */
export function judge(result: LaunchResult, jobStarted: boolean): Verdict {
  if ('end' in result) return judgeEnd(result.end.status);
  const { error } = result;
  if (error instanceof StopReason) return judgeStop(error);
  const kind = jobStarted ? 'failed' : 'not-started';
  if (error instanceof ToolError) {
    const { code, message, hint } = error;
    return { kind, exitCode: error.exitCode, jobStatus: null, reason: { code, message, hint } };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    kind,
    exitCode: ExitCode.internal,
    jobStatus: null,
    reason: { code: 'INTERNAL', message, hint: 'Report this as a bug' },
  };
}

function judgeEnd(status: number): Verdict {
  if (status === 0) return { kind: 'succeeded', exitCode: ExitCode.ok, jobStatus: status, reason: null };
  const message =
    status > SIGNAL_BASE
      ? `The job was ended by signal ${status - SIGNAL_BASE}`
      : `The job ended with status ${status}`;
  const hint =
    status === SIGKILL_STATUS ? 'Check whether the machine ran out of memory' : 'Read the last lines of its log';
  return { kind: 'failed', exitCode: status, jobStatus: status, reason: { code: 'JOB_FAILED', message, hint } };
}

function judgeStop(stop: StopReason): Verdict {
  if (stop.kind === 'timeout') {
    const { code, message, hint } = new ToolError('RUN_TIMEOUT', stop.message);
    return { kind: 'timed-out', exitCode: ExitCode.timeout, jobStatus: null, reason: { code, message, hint } };
  }
  const exitCode = stop.signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated;
  const reason = { code: 'INTERRUPTED', message: stop.message, hint: 'Nothing: its cluster has been deleted' };
  return { kind: 'interrupted', exitCode, jobStatus: null, reason };
}
