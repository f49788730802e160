import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { newRunId } from '../../runtime/core/names.ts';
import { changeRuns } from './change-deployment.ts';
import { forgetOldLogs } from './forget-old.ts';
import { leaseFolder } from './lease-folder.ts';
import type { Deployments } from './open-deployments.ts';
import type { Revision, Run } from './records.ts';
import { settleRun } from './settle-run.ts';
import { findRun } from './store.ts';

export interface StartWanted {
  readonly revision: Revision;
  readonly trigger: Run['trigger'];
  /** The application's for this run; `null` are those that it was deployed with. */
  readonly args: readonly string[] | null;
  /** The run's id, for whoever may ask twice; `null` makes a new one. */
  readonly id: string | null;
}

export interface Started {
  readonly run: Run;
  /** Whether it was there already, by its id. */
  readonly isAttached: boolean;
}

/** Starts a run of a revision. One that is there by its id is given instead of a second one, whether it goes on or has ended.
 *  @throws {ToolError} RUN_EXISTS where that one has other arguments; REVISION_INCOMPLETE, and as Deployer.start */
export function startRun(wanted: StartWanted, deployments: Deployments, ctx: Ctx): Promise<Started> {
  const { store, deployer, stateFolder, pid } = deployments;
  const { revision, trigger, id } = wanted;
  const name = revision.application;
  const start = async (): Promise<Started> => {
    const args = [...(wanted.args ?? revision.launch.submit.args)];
    const now = ctx.now();
    const run = id === null ? newRunId(name, now, deployments.random) : runIdFrom(name, id);
    const known = id === null ? undefined : await findRun(store, name, run);
    if (known !== undefined) return attach(known, args, deployments, ctx);
    await checkComplete(revision, `start revision ${revision.revision} of "${name}"`, deployments, ctx);
    await forgetOldLogs(name, deployments, ctx);
    const record: Run = {
      schema: 'hibana.run/v1',
      application: name,
      run,
      revision: revision.revision,
      trigger,
      args,
      startedAt: new Date(now).toISOString(),
      status: 'running',
      ...{ finishedAt: null, exitCode: null, jobStatus: null, reason: null, steps: [] },
      ...{ coreSeconds: null, gibSeconds: null },
      logs: join(leaseFolder(stateFolder, run), LeaseFile.logs),
    };
    if ((await deployer.observe(record, ctx)).kind !== 'absent' || !(await store.put(record, 'new'))) {
      throw new ToolError('RUN_EXISTS', `Cannot start the run "${run}": another application has one of this id`);
    }
    await deployer.start(revision, record, ctx).catch(async (error: unknown) => {
      await store.put(notStarted(record, error, ctx), 'replace');
      throw error;
    });
    return { run: record, isAttached: false };
  };
  return changeRuns({ stateFolder, name, pid, verb: 'start' }, start, ctx);
}

/** That all of a revision is there. `action` is what is about to be done, for the error.
 *  @throws {ToolError} REVISION_INCOMPLETE */
export async function checkComplete(
  revision: Revision,
  action: string,
  { deployer }: Deployments,
  ctx: Ctx,
): Promise<void> {
  const missing = await deployer.missing(revision, ctx);
  if (missing.length === 0) return;
  throw new ToolError('REVISION_INCOMPLETE', `Cannot ${action}: ${missing.join(', ')}`, {
    details: { missing },
  });
}

const RUN_ID = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const MAXIMUM_ID_LENGTH = 40;

/** The id of a run as a folder and a cluster have it: that which was asked for, behind the name of its application.
 *  @throws {ToolError} NAME_INVALID */
export function runIdFrom(name: string, id: string): string {
  const own = id.startsWith(`${name}-`) ? id.slice(name.length + 1) : id;
  if (!RUN_ID.test(own) || own.length > MAXIMUM_ID_LENGTH) {
    throw new ToolError(
      'NAME_INVALID',
      `Cannot use "${id}" as the id of a run: at most ${MAXIMUM_ID_LENGTH} lower-case letters, digits and dashes`,
      { hint: 'Use lower-case letters, digits and dashes: --run-id 2026-11-22' },
    );
  }
  return `${name}-${own}`;
}

async function attach(known: Run, args: readonly string[], deployments: Deployments, ctx: Ctx): Promise<Started> {
  if (JSON.stringify(known.args) !== JSON.stringify(args)) {
    throw new ToolError('RUN_EXISTS', `Cannot start the run "${known.run}": it was started with other arguments`, {
      details: { run: known.run, args: known.args, asked: args },
    });
  }
  return { run: await settleRun(known, deployments, ctx), isAttached: true };
}

function notStarted(run: Run, error: unknown, ctx: Ctx): Run {
  const reason =
    error instanceof ToolError
      ? { code: error.code, message: error.message, hint: error.hint }
      : { code: 'INTERRUPTED', message: 'The run was not started', hint: 'Start it again' };
  return { ...run, status: 'not-started', finishedAt: new Date(ctx.now()).toISOString(), exitCode: 1, reason };
}
