import type { ProgressEvent } from '../../runtime/core/events.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';

/** What happens in an example run: time passes, an event comes, or the job writes something. */
export type Happening =
  | { readonly pauseMs: number }
  | { readonly event: ProgressEvent }
  | { readonly job: 'stdout' | 'stderr'; readonly text: string };

const MEBI = 2 ** 20;

/** A first run with a download, a slow cluster, a lost worker and a job that ends with status 3. */
export const EXAMPLE_RUN: readonly Happening[] = [
  { event: { type: 'step-started', step: 'source' } },
  { pauseMs: 300 },
  { event: { type: 'log', step: 'source', line: "\u001b[33mCloning into 'checkout'...\u001b[0m" } },
  { event: { type: 'step-finished', step: 'source', detail: 'main @ 3f2c1ab "Fix the join"', elapsedMs: 300 } },
  { event: { type: 'step-started', step: 'toolchain' } },
  ...[0, 100, 200, 300, 400].flatMap((megabytes): Happening[] => [
    {
      event: {
        type: 'step-progress',
        step: 'toolchain',
        doing: 'fetches pyspark-4.2.1.tar.gz',
        bytes: megabytes * MEBI,
        totalBytes: 434 * MEBI,
      },
    },
    { pauseMs: 2_000 },
  ]),
  { event: { type: 'step-finished', step: 'toolchain', detail: 'Spark 4.2.1, Java 21', elapsedMs: 10_000 } },
  { event: { type: 'notice', level: 'warning', message: 'no requirements.txt', hint: 'Add one to fix the versions' } },
  { event: { type: 'step-started', step: 'cluster' } },
  { event: { type: 'member', role: 'master', index: 0, state: 'alive' } },
  { event: { type: 'member', role: 'worker', index: 0, state: 'alive' } },
  { event: { type: 'member', role: 'worker', index: 1, state: 'started' } },
  {
    event: {
      type: 'step-progress',
      step: 'cluster',
      doing: 'waits for 2 workers',
      lastSeen: '1 of 2 workers registered',
    },
  },
  { pauseMs: 62_000 },
  { event: { type: 'member', role: 'worker', index: 1, state: 'alive' } },
  { event: { type: 'step-finished', step: 'cluster', detail: '2 workers, 1 core each', elapsedMs: 62_000 } },
  { event: { type: 'step-started', step: 'job' } },
  { job: 'stdout', text: 'Pi is roughly ' },
  { pauseMs: 1_000 },
  { job: 'stdout', text: '3.14159\nsecond line\n' },
  { job: 'stderr', text: '26/11/21 WARN TaskSetManager: Lost task\n' },
  { event: { type: 'member', role: 'worker', index: 1, state: 'lost', detail: 'killed by SIGKILL' } },
  { job: 'stdout', text: 'no line feed at the end' },
  {
    event: {
      type: 'step-failed',
      step: 'job',
      code: 'JOB_FAILED',
      message: 'The job ended with status 3',
      elapsedMs: 9_200,
    },
  },
  { event: { type: 'step-started', step: 'cleanup' } },
  { event: { type: 'step-finished', step: 'cleanup', detail: 'nothing left', elapsedMs: 200 } },
];

export function exampleOutcome(change: Partial<Outcome> = {}): Outcome {
  return {
    schema: 'hibana.outcome/v1',
    run: 'pi-261121095512-x3f9',
    kind: 'failed',
    exitCode: 3,
    jobStatus: 3,
    reason: {
      code: 'JOB_FAILED',
      message: 'The job ended with status 3',
      hint: 'Read the last lines of the log above',
    },
    startedAt: '2026-11-21T09:55:12.000Z',
    finishedAt: '2026-11-21T09:55:24.400Z',
    steps: [
      { step: 'source', elapsedMs: 300, ok: true },
      { step: 'cluster', elapsedMs: 2_100, ok: true },
      { step: 'job', elapsedMs: 9_200, ok: false },
      { step: 'cleanup', elapsedMs: 200, ok: true },
    ],
    cluster: 'pi-261121095512-x3f9',
    logs: '/state/runs/pi-261121095512-x3f9/logs',
    leftovers: [],
    ...change,
  };
}
