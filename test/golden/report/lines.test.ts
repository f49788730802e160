import { expect, it } from 'vitest';
import { createLinesReporter } from '../../../cli/report/lines-reporter.ts';
import { EXAMPLE_RUN, exampleOutcome } from '../../helpers/example-run.ts';
import { testReporterEdges } from '../../helpers/report-edges.ts';

it.each([
  { name: 'lines', verbose: false, color: false },
  { name: 'lines-verbose-color', verbose: true, color: true },
])('the example run as $name', async ({ name, verbose, color }) => {
  const edges = testReporterEdges({ verbose, color, outputIsShared: true });
  const reporter = createLinesReporter({ ...edges, stdout: edges.err.stream });
  for (const happening of EXAMPLE_RUN) {
    if ('pauseMs' in happening) edges.pass(happening.pauseMs);
    else if ('event' in happening) reporter.emit(happening.event);
    else await reporter.output(happening.job, new TextEncoder().encode(happening.text));
  }
  await reporter.close({ outcome: exampleOutcome(), lastLines: ['SystemExit: 3'], lastLinesFrom: 'stdout' });
  await expect(edges.err.text()).toMatchFileSnapshot(`${name}.txt`);
});
