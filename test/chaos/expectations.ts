import type { Target } from './targets.ts';

export type KillSignal = 'SIGKILL' | 'SIGTERM' | 'SIGINT';

export interface Shot {
  readonly target: Target;
  readonly signal: KillSignal;
}

const BY_SIGNAL: Readonly<Record<KillSignal, number>> = { SIGKILL: 137, SIGTERM: 143, SIGINT: 130 };
const PLATFORM = 6;
const PYTHON_EXCEPTION = 1;

/** The statuses with which the CLI may end after these shots; 0 always, for a shot that came after the job's end.
 *  `null` is a CLI that was killed itself. */
export function allowedStatuses(shots: readonly Shot[]): ReadonlySet<number | null> {
  return new Set([0, ...shots.flatMap(statusesOf)]);
}

function statusesOf({ target, signal }: Shot): readonly (number | null)[] {
  switch (target) {
    case 'cli':
      return signal === 'SIGKILL' ? [null] : [BY_SIGNAL[signal]];
    case 'launcher':
      return signal === 'SIGKILL' ? [PLATFORM] : [BY_SIGNAL[signal]];
    case 'driver':
      return [BY_SIGNAL[signal]];
    case 'python':
      // An interrupted Python reports a KeyboardInterrupt.
      return [BY_SIGNAL[signal], PYTHON_EXCEPTION];
    case 'master':
      // Before the job has registered there is nothing to go on with.
      return [PLATFORM];
    case 'guard':
    case 'grandchild':
    case 'worker':
    case 'executor':
      return [];
  }
}

/** A job that goes on without these was not harmed. */
export function isHarmless(shots: readonly Shot[]): boolean {
  return shots.every(({ target }) => ['guard', 'grandchild', 'worker', 'executor'].includes(target));
}
