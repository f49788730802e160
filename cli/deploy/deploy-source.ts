import { type Ctx, withSignal } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { nameFrom } from '../../runtime/core/names.ts';
import type { AppContext, CommandArgs } from '../commands/command.ts';
import type { definition } from '../commands/deploy.ts';
import { readApplication } from '../run/read-application.ts';
import { readInput } from '../run/read-input.ts';
import { sourceName } from '../run/source-name.ts';
import type { RunScope } from '../run/with-run.ts';
import { changeDeployment, type DeploymentChange } from './change-deployment.ts';
import type { Draft } from './draft-revision.ts';
import type { Deployments } from './open-deployments.ts';
import { prepareDraft } from './prepare-draft.ts';
import type { Revision } from './records.ts';
import { type RolledOut, rollOut } from './roll-out.ts';
import { findRevision } from './store.ts';

export type DeployArgs = CommandArgs<typeof definition>;

export interface DeployInput {
  readonly args: DeployArgs;
  readonly input: ReturnType<typeof readInput>;
  /** What the work is called until the name is known. */
  readonly name: string;
}

/** Checks what is asked for before anything is done. */
export function readDeployInput(args: DeployArgs, app: AppContext): DeployInput {
  const { positionals, options, rest } = args;
  if (options.schedule !== undefined) throw scheduled('--schedule');
  const input = readInput(positionals.source, options, rest, app);
  return { args, input, name: options.name ?? nameFrom(sourceName(input.source)) };
}

/** From a source to a revision that counts: fetched, planned and prepared under guard, rolled out under the lock of its name.
 *  @throws {ToolError} SCHEDULE_UNSUPPORTED, DEPLOYMENT_BUSY; those of readApplication, prepareDraft and rollOut */
export async function deploySource(
  { args, input }: DeployInput,
  trigger: Revision['trigger'],
  deployments: Deployments,
  scope: RunScope,
  app: AppContext,
): Promise<RolledOut> {
  const { ctx } = scope;
  const { stateFolder, pid } = deployments;
  const change = (name: string): DeploymentChange => ({ stateFolder, name, pid, verb: trigger.kind });
  const draft = await readDraft({ args, input }, change, scope, app);
  // What was fetched has gone by now: what follows may wait for a run of hours.
  const rolled = change(draft.application);
  try {
    return await changeDeployment(rolled, () => rollOut(draft, trigger, deployments, ctx), ctx);
  } catch (error) {
    await forgetUnborn(rolled, deployments, ctx);
    throw error;
  }
}

async function readDraft(
  { args, input }: Pick<DeployInput, 'args' | 'input'>,
  change: (name: string) => DeploymentChange,
  scope: RunScope,
  app: AppContext,
): Promise<Draft> {
  const { ctx, marker } = scope;
  const open = { ...input.open, scratch: await scope.guard(), extraEnv: marker };
  await using application = await readApplication({ ...input, open }, ctx);
  if (application.settings.deployment.isScheduled) throw scheduled('"schedule:" of hibana.yaml');
  const wanted = {
    ...{ application, source: args.positionals.source, args, flags: args.options, caFile: input.open.caFile },
    isDirectory: input.source.kind === 'directory',
  };
  return await changeDeployment(change(application.plan.app.name), () => prepareDraft(wanted, scope, app), ctx);
}

const FORGET_MS = 10_000;

/** A name that has come to no revision keeps no files. Whoever deploys under it by now sees to them. */
async function forgetUnborn(change: DeploymentChange, { store }: Deployments, ctx: Ctx): Promise<void> {
  const own = withSignal(ctx, AbortSignal.timeout(FORGET_MS));
  const forget = async (): Promise<void> => {
    const newest = await findRevision(store, change.name, () => true);
    if (newest === undefined) await store.delete(change.name);
  };
  await changeDeployment({ ...change, verb: 'clean up' }, forget, own).catch(() => {});
}

function scheduled(what: string): ToolError {
  return new ToolError('SCHEDULE_UNSUPPORTED', `Cannot take ${what}: nothing can start a job by itself yet`);
}
