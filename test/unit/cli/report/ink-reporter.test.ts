import { renderToString } from 'ink';
import { createElement } from 'react';
import { describe, expect, it } from 'vitest';
import { createInkReporter } from '../../../../cli/report/ink-reporter.ts';
import { treeStyle } from '../../../../cli/report/tree-rows.ts';
import { Tree } from '../../../../cli/report/tree-view.tsx';
import { EMPTY_VIEW, nextView } from '../../../../cli/report/view-state.ts';
import { exampleOutcome } from '../../../helpers/example-run.ts';
import { testReporterEdges, testStream } from '../../../helpers/report-edges.ts';

const SIZE = { columns: 60, rows: 10 };
const bytes = (text: string) => new TextEncoder().encode(text);

describe('Tree', () => {
  it('cuts live rows to the width of the terminal, and keeps the others whole', () => {
    const text = renderToString(
      createElement(Tree, { kept: [{ id: 0, text: '✓ source' }], live: ['a long row '.repeat(10), 'short'] }),
      { columns: 20 },
    );
    expect(text.split('\n')).toEqual(['✓ source', 'a long row a long r…', 'short']);
  });
});

describe('treeStyle()', () => {
  it('says how long a step runs before what may be cut off', () => {
    const event = { type: 'step-progress', step: 'cluster', doing: 'waits for 2 workers', lastSeen: '1 of 2' } as const;
    const view = nextView(EMPTY_VIEW, event, 0);
    expect(treeStyle(false).liveRows(view, 1_000, 22)).toEqual(['⠋ cluster      1.0 s    waits for 2 workers: 1 of 2']);
  });

  it('has no more live rows than there is room for', () => {
    const log = (line: string) => ({ type: 'log', step: 'source', line }) as const;
    const view = ['1', '2', '3', '4'].map(log).reduce((last, event) => nextView(last, event, 0), EMPTY_VIEW);
    const style = treeStyle(false);
    expect(style.liveRows(view, 1_500, 22)).toEqual(['⠴ source       1.5 s', '    2', '    3', '    4']);
    expect(style.liveRows(view, 1_500, 2)).toHaveLength(2);
    expect(style.liveRows(view, 1_500, -1)).toHaveLength(1);
    expect(style.liveRows(EMPTY_VIEW, 0, 22)).toEqual([]);
  });
});

describe('createInkReporter()', () => {
  it('does not touch a stdout that is no terminal', async () => {
    const edges = testReporterEdges({ err: testStream(SIZE) });
    const reporter = createInkReporter(edges);
    reporter.emit({ type: 'step-started', step: 'job' });
    const odd = Uint8Array.from([0xff, 0x0d, 0x61]);
    await reporter.output('stdout', odd);
    edges.pass(1_000);
    await reporter.close();
    expect(edges.out.text()).toBe(Buffer.from(odd).toString());
  });

  it('shows the unfinished line of a job after a short while, and what is left at the end as it is', async () => {
    const edges = testReporterEdges({ err: testStream(SIZE), out: testStream(SIZE) });
    const reporter = createInkReporter(edges);
    await reporter.output('stdout', bytes('whole\nhalf '));
    expect(edges.out.text()).toBe('whole\n');
    edges.pass(1_000);
    expect(edges.out.text()).toBe('whole\nhalf \n');
    await reporter.output('stdout', bytes('rest'));
    await reporter.close();
    expect(edges.out.text()).toBe('whole\nhalf \nrest');
  });

  it('keeps ended steps, hides the cursor while it draws, gives it back, and ends with the summary', async () => {
    const edges = testReporterEdges({ err: testStream(SIZE) });
    const reporter = createInkReporter(edges);
    reporter.emit({ type: 'step-started', step: 'source' });
    edges.pass(500);
    reporter.emit({ type: 'step-finished', step: 'source', detail: 'main @ 3f2c1ab', elapsedMs: 300 });
    await reporter.close({ outcome: exampleOutcome({ steps: [] }), lastLines: [], lastLinesFrom: 'stderr' });
    const text = edges.err.text();
    expect(text).toContain('✓ source       main @ 3f2c1ab  0.3 s\n');
    expect(text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(text.lastIndexOf('\u001b[?25l'));
    expect(text.endsWith('hibana: the job ended with status 3 after 12.4 s\n')).toBe(true);
  });

  it('does not repeat the last lines of a job that are on the screen', async () => {
    const out = testStream(SIZE);
    const edges = testReporterEdges({ out, err: out, outputIsShared: true });
    const reporter = createInkReporter(edges);
    await reporter.output('stdout', bytes('ValueError: 7\n'));
    const lastLines = ['ValueError: 7'];
    await reporter.close({ outcome: exampleOutcome({ steps: [] }), lastLines, lastLinesFrom: 'stdout' });
    expect(out.text().match(/ValueError: 7/g)).toHaveLength(1);
  });

  it('leaves no listener behind', async () => {
    const count = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    const before = count();
    const reporter = createInkReporter(testReporterEdges({ err: testStream(SIZE) }));
    await reporter.close();
    expect(count()).toBe(before);
  });
});
