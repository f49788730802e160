import { createLinesReporter } from './lines-reporter.ts';
import { createNdjsonReporter } from './ndjson-reporter.ts';
import { createQuietReporter } from './quiet-reporter.ts';
import type { Reporter, ReporterEdges, ReporterKind } from './reporter.ts';

/** Makes a reporter of a kind. ink and React are loaded for `ink` only. */
export async function createReporter(kind: ReporterKind, edges: ReporterEdges): Promise<Reporter> {
  switch (kind) {
    case 'ink': {
      const { createInkReporter } = await import('./ink-reporter.ts');
      return createInkReporter(edges);
    }
    case 'lines':
      return createLinesReporter(edges);
    case 'ndjson':
      return createNdjsonReporter(edges);
    case 'json':
      return createQuietReporter(edges, 'stderr');
    case 'quiet':
      return createQuietReporter(edges, 'stdout');
  }
}
