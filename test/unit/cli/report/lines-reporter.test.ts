import { describe, expect, it } from 'vitest';
import { createLinesReporter } from '../../../../cli/report/lines-reporter.ts';
import { exampleOutcome } from '../../../helpers/example-run.ts';
import { testReporterEdges } from '../../../helpers/report-edges.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const DOWNLOAD = { type: 'step-progress', step: 'toolchain', doing: 'fetches spark', totalBytes: 100 } as const;

describe('createLinesReporter()', () => {
  it('says every 30 s of silence what it waits for and what it last saw', () => {
    const edges = testReporterEdges();
    const reporter = createLinesReporter(edges);
    reporter.emit({ type: 'step-started', step: 'cluster' });
    reporter.emit({ type: 'step-progress', step: 'cluster', doing: 'waits for 2 workers', lastSeen: '1 of 2' });
    edges.pass(65_000);
    expect(edges.err.text()).toBe(
      'hibana: cluster: started\n' +
        'hibana: cluster: waits for 2 workers: 1 of 2 (30.0 s so far)\n' +
        'hibana: cluster: waits for 2 workers: 1 of 2 (1 min 0 s so far)\n',
    );
  });

  it('says what a step beneath the job waits for rather than that the job still runs', () => {
    const edges = testReporterEdges();
    const reporter = createLinesReporter(edges);
    reporter.emit({ type: 'step-started', step: 'cluster' });
    reporter.emit({ type: 'step-started', step: 'job' });
    reporter.emit({ type: 'step-progress', step: 'cluster', doing: 'waits for a worker', lastSeen: '0 of 2' });
    edges.pass(30_000);
    reporter.emit({ type: 'step-finished', step: 'cluster', detail: '2 workers', elapsedMs: 30_000 });
    edges.pass(30_000);
    expect(edges.err.text().split('\n').slice(2, -1)).toEqual([
      'hibana: cluster: waits for a worker: 0 of 2 (30.0 s so far)',
      'hibana: cluster: 2 workers (30.0 s)',
      'hibana: job: still running (1 min 0 s so far)',
    ]);
  });

  it('has no heartbeat while the job talks, before any step, or after close', async () => {
    const edges = testReporterEdges();
    const reporter = createLinesReporter(edges);
    edges.pass(40_000);
    reporter.emit({ type: 'step-started', step: 'job' });
    edges.pass(20_000);
    await reporter.output('stdout', bytes('still here\n'));
    edges.pass(20_000);
    await reporter.close();
    edges.pass(60_000);
    expect(edges.err.text()).toBe('hibana: job: started\n');
  });

  it('shows a long download at most every 5 s', () => {
    const edges = testReporterEdges();
    const reporter = createLinesReporter(edges);
    reporter.emit({ type: 'step-started', step: 'toolchain' });
    for (let second = 1; second <= 11; second += 1) {
      edges.pass(1_000);
      reporter.emit({ ...DOWNLOAD, bytes: second });
    }
    expect(edges.err.text().split('\n').slice(1, -1)).toEqual([
      'hibana: toolchain: fetches spark 5 B of 100 B (5%)',
      'hibana: toolchain: fetches spark 10 B of 100 B (10%)',
    ]);
  });

  it('passes the output of the job on byte for byte', async () => {
    const edges = testReporterEdges();
    const reporter = createLinesReporter(edges);
    const odd = Uint8Array.from([0xff, 0x00, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xe2, 0x82]);
    await reporter.output('stdout', odd);
    await reporter.output('stderr', bytes('error'));
    await reporter.close();
    expect(edges.out.text()).toBe(Buffer.from(odd).toString());
    expect(edges.err.text()).toBe('error');
  });

  it('begins its own line when an unfinished one of the job is in the way', async () => {
    const edges = testReporterEdges({ outputIsShared: true });
    const reporter = createLinesReporter(edges);
    await reporter.output('stdout', bytes('Pi is roughly '));
    reporter.emit({ type: 'notice', level: 'info', message: 'one' });
    reporter.emit({ type: 'notice', level: 'info', message: 'two' });
    expect(edges.err.text()).toBe('\nhibana: one\nhibana: two\n');
  });

  it('shows lines of tools only when asked, and the last ones when their step fails', () => {
    const log = { type: 'log', step: 'source', line: 'fatal: no' } as const;
    const failed = { type: 'step-failed', step: 'source', code: 'GIT_FAILED', message: 'm', elapsedMs: 100 } as const;
    for (const [verbose, text] of [
      [false, 'hibana: source: failed after 0.1 s [GIT_FAILED]\nhibana: source: | fatal: no\n'],
      [true, 'hibana: source: | fatal: no\nhibana: source: failed after 0.1 s [GIT_FAILED]\n'],
    ] as const) {
      const edges = testReporterEdges({ verbose });
      const reporter = createLinesReporter(edges);
      reporter.emit(log);
      reporter.emit(failed);
      expect(edges.err.text()).toBe(text);
    }
  });

  it.each([
    { from: 'stdout', outputIsShared: true, repeats: false, where: 'on the same terminal' },
    { from: 'stdout', outputIsShared: false, repeats: true, where: 'in another place' },
    { from: 'stderr', outputIsShared: false, repeats: false, where: 'beside our own lines' },
  ] as const)('repeats the last lines of a job only where they are not above: $from $where', async (row) => {
    const edges = testReporterEdges({ outputIsShared: row.outputIsShared });
    const reporter = createLinesReporter(edges);
    await reporter.output(row.from, bytes('ValueError: 7\n'));
    await reporter.close({ outcome: exampleOutcome(), lastLines: ['ValueError: 7'], lastLinesFrom: row.from });
    expect(edges.err.text().includes('  | ValueError: 7')).toBe(row.repeats);
  });

  it('says how it ended once, however often it is closed', async () => {
    const edges = testReporterEdges();
    const reporter = createLinesReporter(edges);
    const ending = { outcome: exampleOutcome({ steps: [] }), lastLines: [], lastLinesFrom: 'stderr' } as const;
    await reporter.close(ending);
    await reporter.close(ending);
    expect(edges.err.text().match(/ended with status 3 after/g)).toHaveLength(1);
  });

  it('does not fail when its reader went away', async () => {
    const edges = testReporterEdges();
    const reporter = createLinesReporter(edges);
    for (const { stream } of [edges.out, edges.err]) stream.end();
    reporter.emit({ type: 'step-started', step: 'job' });
    await reporter.output('stdout', bytes('lost\n'));
    await expect(
      reporter.close({ outcome: exampleOutcome(), lastLines: [], lastLinesFrom: 'stderr' }),
    ).resolves.toBeUndefined();
  });
});
