import { ToolError } from '../../runtime/core/errors.ts';
import { nameFrom } from '../../runtime/core/names.ts';
import type { AppContext, CommandArgs } from '../commands/command.ts';
import type { definition } from '../commands/deploy.ts';
import type { Settings } from '../config/settings.ts';
import { imageAppName, isImageSource, platformFor, SOURCE_OF_IMAGES } from '../docker/image-source.ts';
import { readApplication } from '../run/read-application.ts';
import { readInput } from '../run/read-input.ts';
import { sourceName } from '../run/source-name.ts';
import type { RunScope } from '../run/with-run.ts';
import { openBuildLog } from './build-log.ts';
import { changeDeployment } from './change-deployment.ts';
import type { Draft } from './draft-revision.ts';
import type { Deployments } from './open-deployments.ts';
import { prepareDraft } from './prepare-draft.ts';
import type { Revision } from './records.ts';
import { type RolledOut, rollOut } from './roll-out.ts';
import { findRevision } from './store.ts';

export type DeployArgs = CommandArgs<typeof definition>;

export interface DeployInput {
  readonly args: DeployArgs;
  readonly platform: 'local' | 'docker';
  readonly input: ReturnType<typeof readInput>;
  /** What the work is called until the name is known. */
  readonly name: string;
}

/** Checks what is asked for before anything is done. */
export function readDeployInput(args: DeployArgs, app: AppContext): DeployInput {
  const { positionals, options, rest } = args;
  const { source } = positionals;
  if (options.schedule !== undefined) throw scheduled('--schedule');
  const isImage = isImageSource(source);
  const platform = platformFor(source, options.platform, 'deploy');
  const input = readInput(isImage ? SOURCE_OF_IMAGES : source, options, rest, app);
  const named = isImage ? imageAppName(source) : nameFrom(sourceName(input.source));
  return { args, platform, input, name: options.name ?? named };
}

/** From a source to a revision that counts, on the platform that was asked for.
 *  @throws {ToolError} SCHEDULE_UNSUPPORTED, DEPLOYMENT_BUSY; what preparing throws, and rollOut */
export async function deploySource(
  input: DeployInput,
  trigger: Revision['trigger'],
  deployments: Deployments,
  scope: RunScope,
  app: AppContext,
): Promise<RolledOut> {
  await using log = await openBuildLog(scope);
  const onRecorded = (revision: Revision): Promise<void> => log.keepFor(revision, deployments.stateFolder);
  const roll: RollOut = (draft, { ctx }) => rollOut(draft, trigger, deployments, ctx, { onRecorded });
  const deploy = { input, verb: trigger.kind, roll, deployments };
  if (input.platform === 'local') return await deployHere(deploy, log.scope, app);
  const { deployInDocker } = await import('./docker/deploy-in-docker.ts');
  return await deployInDocker(deploy, log.scope, app);
}

type RollOut = (draft: Draft, scope: RunScope) => Promise<RolledOut>;

/** A source on its way to a revision. */
export interface Deploy {
  readonly input: DeployInput;
  readonly verb: Revision['trigger']['kind'];
  readonly roll: RollOut;
  readonly deployments: Deployments;
}

/** Fetched and planned under guard, prepared and rolled out under the lock of its name. */
async function deployHere(
  { input: { args, input }, verb, roll, deployments }: Deploy,
  scope: RunScope,
  app: AppContext,
): Promise<RolledOut> {
  const { ctx, marker } = scope;
  const { stateFolder, pid } = deployments;
  const open = { ...input.open, scratch: await scope.guard(), extraEnv: marker };
  await using application = await readApplication({ ...input, open }, ctx);
  checkUnscheduled(application.settings);
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
      return await roll(draft, scope);
    } catch (error) {
      await forgetUnborn(name, deployments);
      throw error;
    }
  };
  return await changeDeployment({ stateFolder, name, pid, verb }, deploy, ctx);
}

/** A name that has come to no revision keeps no files. */
export async function forgetUnborn(name: string, { store }: Pick<Deployments, 'store'>): Promise<boolean> {
  // What goes wrong here must not hide why it has come to none.
  const newest = await findRevision(store, name, () => true).catch(() => null);
  if (newest !== undefined) return false;
  await store.delete(name).catch(() => {});
  return true;
}

/** @throws {ToolError} SCHEDULE_UNSUPPORTED */
export function checkUnscheduled({ deployment }: Pick<Settings, 'deployment'>): void {
  if (deployment.isScheduled) throw scheduled('"schedule:" of hibana.yaml');
}

function scheduled(what: string): ToolError {
  return new ToolError('SCHEDULE_UNSUPPORTED', `Cannot take ${what}: nothing can start a job by itself yet`);
}
