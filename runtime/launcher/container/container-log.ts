import type { Writable } from 'node:stream';
import { errorCode, errorMessage, ToolError } from '../../core/errors.ts';
import { type ProgressEvent, type StampedEvent, stampEvent } from '../../core/events.ts';
import { ExitCode } from '../../core/exit-codes.ts';
import { eventText } from './event-text.ts';

/** How the launcher of a container tells what it does: on stderr, among what the job writes there. */
export interface ContainerLog {
  tell(event: StampedEvent): void;
  notice(message: string): void;
  /** One line of a member's own log. */
  line(text: string): void;
  /** Tells why there was no run at all, and gives the status to end with. */
  refuse(error: unknown): number;
}

/** Short lines for people, or the events themselves, a JSON line each. */
export function createContainerLog(format: 'text' | 'json', stderr: Writable, now: () => number): ContainerLog {
  const tell = (event: StampedEvent): void => {
    const lines = format === 'json' ? [JSON.stringify(event)] : eventText(event);
    if (stderr.writable && lines.length > 0) stderr.write(`${lines.join('\n')}\n`);
  };
  const say = (event: ProgressEvent): void => tell(stampEvent(event, now()));
  return {
    tell,
    notice: (message) => say({ type: 'notice', level: 'info', message }),
    line: (text) => say({ type: 'log', step: 'cluster', line: text }),
    refuse(error) {
      const isOurs = !(error instanceof ToolError);
      const exitCode = isOurs ? ExitCode.internal : error.exitCode;
      const message = isOurs && error instanceof Error ? (error.stack ?? error.message) : errorMessage(error);
      const at = new Date(now()).toISOString();
      say({
        type: 'outcome',
        outcome: {
          ...{ schema: 'hibana.outcome/v1', run: '', kind: 'not-started', exitCode, jobStatus: null },
          reason: { code: errorCode(error), message, hint: isOurs ? 'Report this as a bug' : error.hint },
          ...{ startedAt: at, finishedAt: at, steps: [], cluster: null, logs: '', leftovers: [] },
        },
      });
      return exitCode;
    },
  };
}
