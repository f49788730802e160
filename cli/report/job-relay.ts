import type { Ending, JobStream, ReporterEdges } from './reporter.ts';
import { endingLines } from './summary.ts';
import { write } from './write.ts';

const LINE_FEED = 0x0a;

/** Passes the job's output on, byte for byte, and writes our lines on stderr without ever joining them to a line of the job's. */
export interface JobRelay {
  output(stream: JobStream, chunk: Uint8Array): Promise<void>;
  say(lines: readonly string[]): void;
  /** Says how the run ended, without lines of the job's that whoever reads this has just read. */
  sayEnding(ending: Ending): void;
  /** Resolves when everything said so far has been taken. */
  flush(): Promise<void>;
}

/** `jobStdout` is where the job's stdout goes: `--output json` keeps stdout for its document. */
export function jobRelay({ stdout, stderr, outputIsShared }: ReporterEdges, jobStdout: JobStream): JobRelay {
  let isMidLine = false;

  function say(lines: readonly string[]): void {
    if (lines.length === 0 || !stderr.writable) return;
    stderr.write(`${isMidLine ? '\n' : ''}${lines.join('\n')}\n`);
    isMidLine = false;
  }

  return {
    output(from, chunk) {
      const to = from === 'stderr' ? 'stderr' : jobStdout;
      const last = chunk.at(-1);
      if (last !== undefined && (to === 'stderr' || outputIsShared)) isMidLine = last !== LINE_FEED;
      return write(to === 'stderr' ? stderr : stdout, chunk);
    },
    say,
    sayEnding(ending) {
      const isSeen = ending.lastLinesFrom === 'stderr' || outputIsShared;
      // Beside a document both streams are one long log: there the end of it is worth a second look.
      say(endingLines(isSeen && jobStdout === 'stdout' ? { ...ending, lastLines: [] } : ending));
    },
    async flush() {
      await Promise.all([write(stdout, ''), write(stderr, '')]);
    },
  };
}
