import { ToolError } from '../../runtime/core/errors.ts';
import { nameFrom } from '../../runtime/core/names.ts';
import type { AppContext, CommandArgs } from '../commands/command.ts';
import type { definition } from '../commands/deploy.ts';
import { readApplication } from '../run/read-application.ts';
import { readInput } from '../run/read-input.ts';
import { sourceName } from '../run/source-name.ts';
import type { RunScope } from '../run/with-run.ts';
import { changeDeployment } from './change-deployment.ts';
import type { Deployments } from './open-deployments.ts';
import { prepareDraft } from './prepare-draft.ts';
import type { Revision } from './records.ts';
import { type RolledOut, rollOut } from './roll-out.ts';
import { type DeploymentStore, findRevision } from './store.ts';

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

/** From a source to a revision that counts: fetched and planned under guard, prepared and rolled out under the lock of its name.
 *  @throws {ToolError} SCHEDULE_UNSUPPORTED, DEPLOYMENT_BUSY; those of readApplication, prepareDraft and rollOut */
export async function deploySource(
  { args, input }: DeployInput,
  trigger: Revision['trigger'],
  deployments: Deployments,
  scope: RunScope,
  app: AppContext,
): Promise<RolledOut> {
  const { ctx, marker } = scope;
  const { store, stateFolder, pid } = deployments;
  const open = { ...input.open, scratch: await scope.guard(), extraEnv: marker };
  await using application = await readApplication({ ...input, open }, ctx);
  if (application.settings.deployment.isScheduled) throw scheduled('"schedule:" of hibana.yaml');
  const wanted = {
    ...{ application, source: args.positionals.source, args, flags: args.options, caFile: input.open.caFile },
    isDirectory: input.source.kind === 'directory',
  };
  const { name } = application.plan.app;
  const deploy = async (): Promise<RolledOut> => {
    try {
      const draft = await prepareDraft(wanted, scope, app);
      // What follows may wait for a run of hours.
      await application[Symbol.asyncDispose]();
      return await rollOut(draft, trigger, deployments, ctx);
    } catch (error) {
      await forgetUnborn(name, store);
      throw error;
    }
  };
  return await changeDeployment({ stateFolder, name, pid, verb: trigger.kind }, deploy, ctx);
}

/** A name that has come to no revision keeps no files. */
async function forgetUnborn(name: string, store: DeploymentStore): Promise<void> {
  // What goes wrong here must not hide why it has come to none.
  const newest = await findRevision(store, name, () => true).catch(() => null);
  if (newest === undefined) await store.delete(name).catch(() => {});
}

function scheduled(what: string): ToolError {
  return new ToolError('SCHEDULE_UNSUPPORTED', `Cannot take ${what}: nothing can start a job by itself yet`);
}
