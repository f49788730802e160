import { describe, expect, it } from 'vitest';
import { ERROR_CATALOG } from '../../../../../runtime/core/error-catalog.ts';
import { type ProgressEvent, stampEvent } from '../../../../../runtime/core/events.ts';
import { eventText, hintInContainer } from '../../../../../runtime/launcher/container/event-text.ts';

const rows: readonly (readonly [ProgressEvent, readonly string[]])[] = [
  [{ type: 'step-started', step: 'cluster' }, []],
  [{ type: 'step-finished', step: 'job', detail: 'status 0', elapsedMs: 1_250 }, ['hibana: job: status 0 (1.3 s)']],
  [{ type: 'step-failed', step: 'job', code: 'X', message: 'm', elapsedMs: 1 }, []],
  [{ type: 'step-failed', step: 'cleanup', code: 'X', message: 'm', elapsedMs: 1 }, ['hibana: cleanup: m [X]']],
  [{ type: 'notice', level: 'warning', message: 'm', hint: 'Do it' }, ['hibana: warning: m', '  Do it']],
  [
    { type: 'member', role: 'worker', index: 2, state: 'lost', detail: 'killed by SIGKILL' },
    ['hibana: cluster: worker 2 was lost: killed by SIGKILL'],
  ],
  [{ type: 'member', role: 'worker', index: 2, state: 'started' }, []],
];

describe('eventText()', () => {
  it.each(rows)('%j', (event, lines) => {
    expect(eventText(stampEvent(event, 0))).toEqual(lines);
  });
});

describe('hintInContainer()', () => {
  it.each([
    ['Give each worker more with --worker-memory', 'Give each worker more with HIBANA_WORKER_MEMORY'],
    [
      'Read the logs, or allow more time with --cluster-timeout',
      'Read the logs, or allow more time with HIBANA_CLUSTER_TIMEOUT',
    ],
    ['Read the last lines of its log', 'Read the last lines that the job printed, above'],
    ['Give it one with --tmpfs /tmp', 'Give it one with --tmpfs /tmp'],
    [
      ERROR_CATALOG.CLUSTER_AUTH.hint,
      'Name the file that holds the secret of the cluster with HIBANA_CLUSTER_SECRET_FILE',
    ],
  ])('%s', (hint, expected) => {
    expect(hintInContainer(hint)).toBe(expected);
  });

  it('has nothing of a command line in the hints of usage', () => {
    expect(hintInContainer(ERROR_CATALOG.USAGE.hint)).not.toMatch(/--|command/);
  });
});
