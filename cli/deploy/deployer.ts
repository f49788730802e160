import type { Ctx } from '../../runtime/core/context.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import type { Revision, Run } from './records.ts';

/** How a run stands. `absent`: it has left no trace, because it was never started or was forgotten. */
export type RunState =
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  | { readonly kind: 'absent' };

/** Which run: all that a platform needs to find it again. */
export type RunId = Pick<Run, 'application' | 'run'>;

/** Runs revisions on one platform. It keeps no records: what it says of a run is what is so now. */
export interface Deployer {
  /** What of a revision is gone, in words, so that it could not be started; none where all is there. What can be had again (an image of a registry)
   *  is not gone: it is fetched. Nothing else is changed.
   *  @throws {ToolError} what the platform says, where it cannot be asked */
  missing(revision: Revision, ctx: Ctx): Promise<readonly string[]>;
  /** Starts a run; resolves when it goes on without this process. Where it rejects there is nothing left of it.
   *  @throws {ToolError} LAUNCHER_FAILED, REVISION_INCOMPLETE, what the platform says */
  start(revision: Revision, run: Run, ctx: Ctx): Promise<void>;
  /** One whose launcher is gone without a word is cleaned up after and has the outcome `lost`. */
  observe(run: RunId, ctx: Ctx): Promise<RunState>;
  /** Ends a run, and resolves when it has ended and nothing of it is left but its logs. One that has ended already is no error.
   *  @throws {ToolError} RUN_STUCK when it would not end; rejects with `signal.reason` on abort, and then it may end all the same */
  stop(run: RunId, ctx: Ctx): Promise<void>;
  /** Deletes the logs of a run that has ended. Idempotent. */
  forget(run: RunId): Promise<void>;
}

/** The part of a Deployer that knows what a revision runs from. */
export type Starter = Pick<Deployer, 'missing' | 'start'>;

/** Runs revisions of whichever kind. */
export function createDeployer(
  starters: { readonly [Kind in Revision['artifact']['kind']]: Starter },
  runs: Pick<Deployer, 'observe' | 'stop' | 'forget'>,
): Deployer {
  return {
    missing: (revision, ctx) => starters[revision.artifact.kind].missing(revision, ctx),
    start: (revision, run, ctx) => starters[revision.artifact.kind].start(revision, run, ctx),
    ...runs,
  };
}
