import { appendFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { type ProgressEvent, stampEvent } from '../core/events.ts';
import type { Outcome } from '../core/lease-directory.ts';

type StepTime = Outcome['steps'][number];

export interface EventLog {
  emit(event: ProgressEvent): void;
  /** The steps that have ended so far. */
  readonly steps: readonly StepTime[];
}

/** Writes events as JSON lines to a file of the run and to whoever listens. A full disk or a listener that went away loses
 *  events, never the job. */
export function createEventLog(file: string, run: string, listener: Writable, now: () => number): EventLog {
  const steps: StepTime[] = [];
  return {
    steps,
    emit: (event) => {
      if (event.type === 'step-finished') steps.push({ step: event.step, elapsedMs: event.elapsedMs, ok: true });
      if (event.type === 'step-failed') steps.push({ step: event.step, elapsedMs: event.elapsedMs, ok: false });
      const line = `${JSON.stringify(stampEvent(event, now(), run))}\n`;
      if (listener.writable) listener.write(line);
      try {
        appendFileSync(file, line, { mode: 0o600 });
      } catch {
        // The listener has it.
      }
    },
  };
}
