import { appendFileSync } from 'node:fs';
import { type ProgressEvent, type StampedEvent, stampEvent } from '../core/events.ts';
import type { Outcome } from '../core/lease-directory.ts';

type StepTime = Outcome['steps'][number];

export interface EventLog {
  emit(event: ProgressEvent): void;
  /** The steps that have ended so far. */
  readonly steps: readonly StepTime[];
}

/** Writes events as JSON lines to a file of the run and tells them to whoever listens. A full disk loses events, never the job. */
export function createEventLog(
  file: string,
  run: string,
  onEvent: (event: StampedEvent) => void,
  now: () => number,
): EventLog {
  const steps: StepTime[] = [];
  return {
    steps,
    emit: (event) => {
      if (event.type === 'step-finished') steps.push({ step: event.step, elapsedMs: event.elapsedMs, ok: true });
      if (event.type === 'step-failed') steps.push({ step: event.step, elapsedMs: event.elapsedMs, ok: false });
      const stamped = stampEvent(event, now(), run);
      onEvent(stamped);
      try {
        appendFileSync(file, `${JSON.stringify(stamped)}\n`, { mode: 0o600 });
      } catch {
        // The listener has it.
      }
    },
  };
}
