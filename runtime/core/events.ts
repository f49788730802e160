import type { Ctx } from './context.ts';
import { errorCode, errorMessage } from './errors.ts';
import type { Outcome } from './lease-directory.ts';

/** The steps of a run or a build, in the order in which they begin. `job` overlaps with the end of `cluster`: the driver starts while workers
 *  register; `push` with `layers`: what is made is sent while the next is made; `rollout` with both: a service is well when its job runs. */
export const STEPS = [
  'source',
  'plan',
  'toolchain',
  'dependencies',
  'packages',
  'assemble',
  'layers',
  'push',
  'rollout',
  'cluster',
  'job',
  'cleanup',
] as const;
export type StepName = (typeof STEPS)[number];

export type MemberRole = 'master' | 'worker';

export type ProgressEvent =
  | { readonly type: 'step-started'; readonly step: StepName; readonly detail?: string }
  | {
      readonly type: 'step-progress';
      readonly step: StepName;
      /** What is being done or waited for, in the present tense: `fetches pyspark-4.2.1.tar.gz`, `waits for 2 workers`. */
      readonly doing: string;
      readonly bytes?: number;
      readonly totalBytes?: number;
      /** What a wait saw last: `1 of 2 workers registered`. */
      readonly lastSeen?: string;
    }
  | { readonly type: 'step-finished'; readonly step: StepName; readonly detail: string; readonly elapsedMs: number }
  | {
      readonly type: 'step-failed';
      readonly step: StepName;
      readonly code: string;
      readonly message: string;
      readonly elapsedMs: number;
    }
  | { readonly type: 'notice'; readonly level: 'info' | 'warning'; readonly message: string; readonly hint?: string }
  | {
      readonly type: 'member';
      readonly role: MemberRole;
      readonly index: number;
      readonly state: 'started' | 'alive' | 'lost' | 'stopped';
      readonly detail?: string;
    }
  /** One line of a tool's own output (git, uv), for the log and for the last lines of a failed step. */
  | { readonly type: 'log'; readonly step: StepName; readonly line: string }
  | { readonly type: 'outcome'; readonly outcome: Outcome };

/** An event as it is written: one JSON line in `events.ndjson`, on the launcher's event stream, and for `--output ndjson`. */
export type StampedEvent = {
  readonly schema: 'hibana.event/v1';
  readonly time: string;
  readonly run?: string;
} & ProgressEvent;

export function stampEvent(event: ProgressEvent, now: number, run?: string): StampedEvent {
  return {
    schema: 'hibana.event/v1',
    time: new Date(now).toISOString(),
    ...(run === undefined ? {} : { run }),
    ...event,
  };
}

export interface StepReport<T> {
  readonly result: T;
  /** What was done, in a few words: `main @ 3f2c1ab`, `2 workers, 1 core each`. */
  readonly detail: string;
}

/** Runs `work` as a step of the run: started, then finished with the detail it gives, or failed with its error, which passes on unchanged. */
export async function step<T>(ctx: Ctx, name: StepName, work: () => Promise<StepReport<T>>): Promise<T> {
  const startedAt = ctx.now();
  const elapsed = (): number => Math.round(ctx.now() - startedAt);
  ctx.emit({ type: 'step-started', step: name });
  try {
    const { result, detail } = await work();
    ctx.emit({ type: 'step-finished', step: name, detail, elapsedMs: elapsed() });
    return result;
  } catch (error) {
    const [code, message] = [errorCode(error), errorMessage(error)];
    ctx.emit({ type: 'step-failed', step: name, code, message, elapsedMs: elapsed() });
    throw error;
  }
}
