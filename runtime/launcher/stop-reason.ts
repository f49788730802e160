/** Why a run is stopped from outside: the reason of its abort signal. */
export class StopReason extends Error {
  readonly kind: 'signal' | 'timeout' | 'caller-gone';
  /** What the driver is sent first. */
  readonly signal: 'SIGINT' | 'SIGTERM';

  private constructor(kind: StopReason['kind'], signal: StopReason['signal'], message: string) {
    super(message);
    this.name = 'AbortError';
    this.kind = kind;
    this.signal = signal;
  }

  static signal(signal: 'SIGINT' | 'SIGTERM'): StopReason {
    return new StopReason('signal', signal, `The run was stopped by ${signal}`);
  }

  static timeout(runMs: number): StopReason {
    return new StopReason('timeout', 'SIGTERM', `The run took longer than ${Math.round(runMs / 1_000)} s`);
  }

  static callerGone(): StopReason {
    return new StopReason('caller-gone', 'SIGTERM', 'The program that had asked for the run is gone');
  }
}
