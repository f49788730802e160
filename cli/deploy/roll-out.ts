import type { Ctx } from '../../runtime/core/context.ts';
import { errorCode, errorMessage, ToolError } from '../../runtime/core/errors.ts';
import { step } from '../../runtime/core/events.ts';
import { type Draft, revisionKey } from './draft-revision.ts';
import { forgetOldArtifacts } from './forget-old.ts';
import type { Deployments } from './open-deployments.ts';
import type { Revision, Run } from './records.ts';
import { replaceJob } from './replace-job.ts';
import { keepService, replaceService } from './replace-service.ts';
import { runningRuns } from './settle-run.ts';
import { checkComplete } from './start-run.ts';
import { findRevision, liveRevision } from './store.ts';

export interface RolledOut {
  readonly revision: Revision;
  /** Whether there is a new one: the same twice is one. */
  readonly changed: boolean;
  /** What was started; `null` where there was nothing to start. */
  readonly run: Run | null;
}

export interface RollOutHooks {
  /** Is told of the revision that is made, before anything is done with it. */
  readonly onRecorded?: (revision: Revision) => Promise<void>;
}

/** Makes a draft the revision that counts: a job runs it once, a service is replaced by it when it is well. Where one just like it counts already
 *  nothing is made; a service that had ended is started again. Call it under `changeDeployment`.
 *  @throws {ToolError} USAGE for another kind under a name; REVISION_INCOMPLETE and PORT_IN_USE before anything is stopped; SERVICE_UNHEALTHY when
 *    the one before has been put back */
export async function rollOut(
  draft: Draft,
  trigger: Revision['trigger'],
  deployments: Deployments,
  ctx: Ctx,
  hooks: RollOutHooks = {},
): Promise<RolledOut> {
  const live = await liveRevision(deployments.store, draft.application);
  if (live !== undefined && live.kind !== draft.kind) throw otherKind(draft, live);
  if (live !== undefined && revisionKey(live) === revisionKey(draft)) return stay(live, trigger, deployments, ctx);
  const next = { ...draft, ...BLANK, trigger, revision: (live?.revision ?? 0) + 1 };
  await checkComplete(next, aboutTo(trigger, draft.application), deployments, ctx);
  return step(ctx, 'rollout', async () => {
    const next = await record(draft, trigger, deployments, ctx);
    await hooks.onRecorded?.(next);
    const run = await replace(next, live, deployments, ctx).catch(async (error: unknown) => {
      await deployments.store.put({ ...next, status: 'failed', reason: reasonOf(error) }, 'replace');
      throw error;
    });
    await forgetOldArtifacts(draft.application, deployments, ctx);
    const revision = { ...next, status: 'live' } as const;
    return {
      result: { revision, changed: true, run },
      detail: [`revision ${next.revision}`, ...(run === null ? [] : [`run ${run.run}`])].join(', '),
    };
  });
}

function aboutTo({ kind, revision }: Revision['trigger'], name: string): string {
  return kind === 'rollback' ? `roll "${name}" back to ${revision}` : `${kind} "${name}"`;
}

const BLANK = { createdAt: '', status: 'rolling-out', reason: null } as const;

async function stay(
  live: Revision,
  trigger: Revision['trigger'],
  deployments: Deployments,
  ctx: Ctx,
): Promise<RolledOut> {
  if (live.kind === 'service') {
    const { run } = await keepService(live, trigger.kind, deployments, ctx);
    return { revision: live, changed: false, run };
  }
  const [running = null] = await runningRuns(live.application, deployments, ctx);
  return { revision: live, changed: false, run: running };
}

async function record(draft: Draft, trigger: Revision['trigger'], { store }: Deployments, ctx: Ctx): Promise<Revision> {
  const createdAt = new Date(ctx.now()).toISOString();
  for (;;) {
    const newest = await findRevision(store, draft.application, () => true);
    const next = { ...draft, ...BLANK, createdAt, trigger, revision: (newest?.revision ?? 0) + 1 };
    if (await store.put(next, 'new')) return next;
  }
}

async function replace(
  next: Revision,
  live: Revision | undefined,
  deployments: Deployments,
  ctx: Ctx,
): Promise<Run | null> {
  const run = await (next.kind === 'job' ? replaceJob : replaceService)(next, live, deployments, ctx);
  await deployments.store.put({ ...next, status: 'live' }, 'replace');
  return run;
}

function otherKind({ application, kind }: Draft, live: Revision): ToolError {
  return new ToolError('USAGE', `Cannot deploy "${application}" as a ${kind}: it is a ${live.kind}`, {
    hint: `Choose another name with --name, or run "hibana delete ${application}" first`,
  });
}

function reasonOf(error: unknown): NonNullable<Revision['reason']> {
  const [code, message] = [errorCode(error), errorMessage(error)];
  return { code, message, hint: error instanceof ToolError ? error.hint : '' };
}
