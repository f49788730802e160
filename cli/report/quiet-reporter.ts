import { jobRelay } from './job-relay.ts';
import type { JobStream, Reporter, ReporterEdges } from './reporter.ts';

/** Says nothing but why a run did not succeed. `jobStdout`: `stderr` where stdout is kept for a document. */
export function createQuietReporter(edges: ReporterEdges, jobStdout: JobStream): Reporter {
  const relay = jobRelay(edges, jobStdout);
  let isClosed = false;
  return {
    emit() {},
    output: (stream, chunk) => relay.output(stream, chunk),
    async close(ending) {
      if (ending && !isClosed && ending.outcome.kind !== 'succeeded') relay.sayEnding(ending);
      isClosed = true;
      await relay.flush();
    },
  };
}
