import { stampEvent } from '../../runtime/core/events.ts';
import type { JobStream, Reporter, ReporterEdges } from './reporter.ts';
import { write } from './write.ts';

/** Every event as a JSON line on stdout; the job's output is events too: `{"type":"job-output","stream":"stdout","text":"…"}`.
 *  A chunk is not a line: texts of one stream put together are its output (bytes that are not UTF-8 are replaced). */
export function createNdjsonReporter({ stdout, now, run }: ReporterEdges): Reporter {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  let isClosed = false;

  function jobOutput(stream: JobStream, text: string): Promise<void> {
    if (text === '') return Promise.resolve();
    const time = new Date(now()).toISOString();
    const fields = { type: 'job-output', stream, text };
    return writeLine({ schema: 'hibana.event/v1', time, ...(run === undefined ? {} : { run }), ...fields });
  }

  function writeLine(value: unknown): Promise<void> {
    return write(stdout, `${JSON.stringify(value)}\n`);
  }

  return {
    emit(event) {
      if (!isClosed) void writeLine(stampEvent(event, now(), run));
    },
    output: (stream, chunk) => jobOutput(stream, decoders[stream].decode(chunk, { stream: true })),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await Promise.all([jobOutput('stdout', decoders.stdout.decode()), jobOutput('stderr', decoders.stderr.decode())]);
      await write(stdout, '');
    },
  };
}
