import { describe, expect, it } from 'vitest';
import { createReporter } from '../../../../cli/report/create-reporter.ts';
import { exampleOutcome } from '../../../helpers/example-run.ts';
import { testReporterEdges } from '../../../helpers/report-edges.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const SUCCESS = {
  outcome: exampleOutcome({ kind: 'succeeded', jobStatus: 0, reason: null, steps: [] }),
  lastLines: [],
  lastLinesFrom: 'stderr',
} as const;
const FAILURE = {
  outcome: exampleOutcome({ steps: [] }),
  lastLines: ['ValueError: 7'],
  lastLinesFrom: 'stderr',
} as const;

describe.each([
  { kind: 'quiet', out: 'out\n', err: 'err\n' },
  { kind: 'json', out: '', err: 'out\nerr\n' },
] as const)('the $kind reporter', ({ kind, out, err }) => {
  it.each([
    { ending: SUCCESS, said: '' },
    { ending: FAILURE, said: 'hibana: The job ended with status 3 [JOB_FAILED]\n' },
  ])('relays the job, and says only why a run failed: $said', async ({ ending, said }) => {
    const edges = testReporterEdges();
    const reporter = await createReporter(kind, edges);
    reporter.emit({ type: 'step-started', step: 'job' });
    reporter.emit({ type: 'notice', level: 'warning', message: 'never shown' });
    await reporter.output('stdout', bytes('out\n'));
    await reporter.output('stderr', bytes('err\n'));
    await reporter.close(ending);
    expect(edges.out.text()).toBe(out);
    expect(edges.err.text().slice(0, err.length + said.length)).toBe(err + said);
  });
});

it.each([
  ['json', true],
  ['quiet', false],
] as const)('the %s reporter repeats what the job has written beside it: %s', async (kind, repeats) => {
  const edges = testReporterEdges();
  const reporter = await createReporter(kind, edges);
  await reporter.output('stderr', bytes('ValueError: 7\n'));
  await reporter.close(FAILURE);
  expect(edges.err.text().includes('  | ValueError: 7')).toBe(repeats);
});

describe('the ndjson reporter', () => {
  it('writes each event, and the output of the job, as one stamped line', async () => {
    const edges = testReporterEdges({ run: 'pi-1' });
    const reporter = await createReporter('ndjson', edges);
    reporter.emit({ type: 'step-started', step: 'job' });
    await reporter.output('stdout', bytes('Pi is\nroughly'));
    await reporter.close(FAILURE);
    const stamp = { schema: 'hibana.event/v1', time: '2026-11-21T09:55:12.000Z', run: 'pi-1' };
    expect(linesOf(edges.out.text())).toEqual([
      { ...stamp, type: 'step-started', step: 'job' },
      { ...stamp, type: 'job-output', stream: 'stdout', text: 'Pi is\nroughly' },
    ]);
    expect(edges.err.text()).toBe('');
  });

  it('puts a character together that two chunks share', async () => {
    const edges = testReporterEdges();
    const reporter = await createReporter('ndjson', edges);
    const euro = bytes('€');
    await reporter.output('stdout', euro.subarray(0, 1));
    await reporter.output('stderr', bytes('-'));
    await reporter.output('stdout', euro.subarray(1));
    await reporter.close();
    expect(linesOf(edges.out.text()).map(({ text }) => text)).toEqual(['-', '€']);
  });
});

function linesOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
