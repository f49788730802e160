import { describe, expect, it } from 'vitest';
import { EMPTY_VIEW, KEPT_LINES, nextView, workersText } from '../../../../cli/report/view-state.ts';
import type { ProgressEvent } from '../../../../runtime/core/events.ts';

function viewAfter(...events: readonly ProgressEvent[]) {
  return events.reduce((view, event, index) => nextView(view, event, index * 1_000), EMPTY_VIEW);
}

describe('nextView()', () => {
  it('follows a step from its start over its progress to its end', () => {
    const running = viewAfter(
      { type: 'step-started', step: 'cluster' },
      { type: 'step-progress', step: 'cluster', doing: 'waits for 2 workers', lastSeen: '1 of 2' },
    );
    expect(running.steps).toMatchObject([
      {
        step: 'cluster',
        state: 'running',
        startedAt: 0,
        elapsedMs: null,
        doing: 'waits for 2 workers',
        lastSeen: '1 of 2',
      },
    ]);
    const ended = nextView(
      running,
      { type: 'step-finished', step: 'cluster', detail: '2 workers', elapsedMs: 7 },
      9_000,
    );
    expect(ended.steps).toMatchObject([{ step: 'cluster', state: 'done', detail: '2 workers', elapsedMs: 7 }]);
  });

  it('keeps the code and the message of a failed step', () => {
    const view = viewAfter({
      type: 'step-failed',
      step: 'source',
      code: 'GIT_AUTH',
      message: 'Cannot clone',
      elapsedMs: 5,
    });
    expect(view.steps).toMatchObject([{ state: 'failed', code: 'GIT_AUTH', detail: 'Cannot clone', elapsedMs: 5 }]);
  });

  it('forgets the bytes of a download when the next thing is done', () => {
    const view = viewAfter(
      { type: 'step-progress', step: 'toolchain', doing: 'fetches', bytes: 5, totalBytes: 10 },
      { type: 'step-progress', step: 'toolchain', doing: 'unpacks' },
    );
    expect(view.steps).toMatchObject([{ doing: 'unpacks', bytes: null, totalBytes: null }]);
  });

  it('keeps the newest lines of a log, without what moves a cursor', () => {
    const lines = Array.from({ length: KEPT_LINES + 5 }, (_, index) => `line ${index}`);
    const events = [...lines, '\u001b[31mred\u001b[0m\r\u001b[Kdone\u0007'].map(
      (line): ProgressEvent => ({ type: 'log', step: 'source', line }),
    );
    const [step] = viewAfter(...events).steps;
    expect(step?.lastLines).toHaveLength(KEPT_LINES);
    expect(step?.lastLines.at(-1)).toBe('done');
  });

  it('counts a worker once, by its last state', () => {
    const view = viewAfter(
      { type: 'member', role: 'master', index: 0, state: 'alive' },
      { type: 'member', role: 'worker', index: 0, state: 'started' },
      { type: 'member', role: 'worker', index: 0, state: 'alive' },
      { type: 'member', role: 'worker', index: 1, state: 'started' },
    );
    expect(workersText(view)).toBe('1 of 2 workers');
    expect(workersText(EMPTY_VIEW)).toBe('');
  });
});
