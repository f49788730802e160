import type { ProgressEvent } from '../../runtime/core/events.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';

/** Shows a run to whoever watches it. Never throws, and never ends a run: a reader that went away is no error. */
export interface Reporter {
  /** Takes an event of ours; shown on stderr, or as the rules of the kind say. Returns at once. */
  emit(event: ProgressEvent): void;
  /** Relays a chunk of the job's own output, unchanged and in order. Resolves when the stream can take more: whoever reads the
   *  job's pipe awaits it before reading on, so that a slow reader slows the job and not our memory. */
  output(stream: JobStream, chunk: Uint8Array): Promise<void>;
  /** Says how the run ended (when `ending` is given), stops timers, restores the terminal, resolves when all is written. Idempotent. */
  close(ending?: Ending): Promise<void>;
}

export type JobStream = 'stdout' | 'stderr';

export interface Ending {
  readonly outcome: Outcome;
  /** The last lines of the driver's log; shown when the job failed and they are not right above already. */
  readonly lastLines: readonly string[];
  /** What the job has written them to. */
  readonly lastLinesFrom: JobStream;
}

export type ReporterKind = 'ink' | 'lines' | 'json' | 'ndjson' | 'quiet';

/** A writable stream that may be a terminal: `process.stdout`, or a fake one in tests. */
export type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export interface ReporterEdges {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Whether both are the same terminal, pipe or file. */
  readonly outputIsShared: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls back every `intervalMs` until disposed; must not keep the process alive. */
  readonly every: (intervalMs: number, tick: () => void) => Disposable;
  readonly color: boolean;
  /** Details that only a reader who asked for them wants: every line of a tool's log. */
  readonly verbose: boolean;
  /** Stamped on the events of `ndjson`. */
  readonly run?: string;
}
