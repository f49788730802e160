import { ToolError } from '../core/errors.ts';
import { ExitCode } from '../core/exit-codes.ts';
import type { Outcome } from '../core/lease-directory.ts';
import type { DriverEnd } from './launch.ts';
import { StopReason } from './stop-reason.ts';

export type LaunchResult = { readonly end: DriverEnd } | { readonly error: unknown };

type Verdict = Pick<Outcome, 'kind' | 'exitCode' | 'jobStatus' | 'reason'>;

/** The driver was there, and had no cluster to do anything on. */
const REFUSALS: readonly string[] = ['CLUSTER_AUTH', 'MASTER_UNREACHABLE'];
const SIGNAL_BASE = 128;
const SIGKILL_STATUS = 137;

/** What the result of a launch means: the status of the command that waits for it, and the reason in words.
 *  `jobStarted` tells a cluster that never came up from one that was lost under the job. */
export function judge(result: LaunchResult, jobStarted: boolean): Verdict {
  if ('end' in result) return judgeEnd(result.end);
  const { error } = result;
  if (error instanceof StopReason) return judgeStop(error);
  if (error instanceof ToolError) {
    const { code, message, hint } = error;
    const kind = jobStarted && !REFUSALS.includes(code) ? 'failed' : 'not-started';
    return { kind, exitCode: error.exitCode, jobStatus: null, reason: { code, message, hint } };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    kind: jobStarted ? 'failed' : 'not-started',
    exitCode: ExitCode.internal,
    jobStatus: null,
    reason: { code: 'INTERNAL', message, hint: 'Report this as a bug' },
  };
}

/** The hint for a job that ended badly by itself. */
export const READ_ITS_LOG = 'Read the last lines of its log';

function judgeEnd({ status, reason }: DriverEnd): Verdict {
  if (status === 0) return { kind: 'succeeded', exitCode: ExitCode.ok, jobStatus: status, reason: null };
  if (reason) {
    const { code, message, hint } = reason;
    return { kind: 'failed', exitCode: status, jobStatus: status, reason: { code, message, hint } };
  }
  const message =
    status > SIGNAL_BASE
      ? `The job was ended by signal ${status - SIGNAL_BASE}`
      : `The job ended with status ${status}`;
  const hint = status === SIGKILL_STATUS ? 'Check whether the machine ran out of memory' : READ_ITS_LOG;
  return { kind: 'failed', exitCode: status, jobStatus: status, reason: { code: 'JOB_FAILED', message, hint } };
}

function judgeStop(stop: StopReason): Verdict {
  if (stop.kind === 'timeout') {
    const { code, message, hint } = new ToolError('RUN_TIMEOUT', stop.message);
    return { kind: 'timed-out', exitCode: ExitCode.timeout, jobStatus: null, reason: { code, message, hint } };
  }
  const exitCode = stop.signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated;
  const reason = {
    code: 'INTERRUPTED',
    message: stop.message,
    hint: 'What the run had made has been deleted',
  };
  return { kind: 'interrupted', exitCode, jobStatus: null, reason };
}
