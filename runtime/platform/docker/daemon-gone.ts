import { ExitCode } from '../../core/exit-codes.ts';
import type { Outcome } from '../../core/lease-directory.ts';

/** How a run ends whose daemon ended under it, or was restarted: neither by itself nor by anybody's word to it. */
export const DAEMON_GONE: Pick<Outcome, 'kind' | 'exitCode' | 'jobStatus' | 'reason'> = {
  kind: 'interrupted',
  exitCode: ExitCode.platform,
  jobStatus: null,
  reason: {
    code: 'INTERRUPTED',
    message: 'The Docker daemon ended under the run, or was restarted',
    hint: 'Run it again; what the run had made is deleted as soon as the daemon is there',
  },
};
