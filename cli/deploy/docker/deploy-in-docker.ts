import type { AppContext } from '../../commands/command.ts';
import type { RunScope } from '../../run/with-run.ts';
import { holdDeployment } from '../change-deployment.ts';
import { checkUnscheduled, type Deploy, forgetUnborn } from '../deploy-source.ts';
import type { Draft } from '../draft-revision.ts';
import type { Deployments } from '../open-deployments.ts';
import type { RolledOut } from '../roll-out.ts';
import { liveRevision } from '../store.ts';
import { type ImageDraftWanted, prepareImageDraft } from './prepare-image-draft.ts';

/** From a source, or an image, to a revision that counts: fetched and planned under guard, built, brought and rolled out under the lock of its name.
 *  @throws {ToolError} SCHEDULE_UNSUPPORTED, DEPLOYMENT_BUSY; those of prepareImageDraft and rollOut */
export async function deployInDocker(
  { input, verb, roll, deployments }: Deploy,
  scope: RunScope,
  app: AppContext,
): Promise<RolledOut> {
  const { ctx } = scope;
  const { store, stateFolder, pid } = deployments;
  await using held = new AsyncDisposableStack();
  const begin: ImageDraftWanted['begin'] = async ({ name }, settings) => {
    checkUnscheduled(settings);
    held.use(await holdDeployment({ stateFolder, name, pid, verb }, ctx));
    return liveRevision(store, name);
  };
  const draft = await prepareImageDraft({ deploy: input, begin }, scope, app);
  try {
    return await roll(draft, scope);
  } catch (error) {
    await forgetImage(draft, deployments, scope);
    throw error;
  }
}

/** Of a name that has come to no revision. */
async function forgetImage(draft: Draft, deployments: Deployments, { ctx }: RunScope): Promise<void> {
  const name = draft.application;
  if (!(await forgetUnborn(name, deployments))) return;
  const own = { ...ctx, signal: AbortSignal.timeout(CLEANUP_DEADLINE_MS) };
  await deployments.artifacts.keepOnly({ name, wanted: [], known: [draft] }, own);
}

const CLEANUP_DEADLINE_MS = 30_000;
