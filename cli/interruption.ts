import { ExitCode } from '../runtime/core/exit-codes.ts';
import type { StopSignal } from './commands/command.ts';

/** The reason with which a command is aborted when the user, or the system, no longer wants it. Its name is what `errorCode` reads. */
export class Interruption extends Error {
  readonly signal: StopSignal;
  readonly exitCode: ExitCode;

  constructor(signal: StopSignal) {
    super(`Interrupted by ${signal}`);
    this.name = 'AbortError';
    this.signal = signal;
    this.exitCode = signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated;
  }
}
