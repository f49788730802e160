import { foldersFrom } from '../../runtime/core/folders.ts';
import { changeDeployment } from '../deploy/change-deployment.ts';
import { needLive } from '../deploy/need.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import { reportRollOut } from '../deploy/report-roll-out.ts';
import { needTarget } from '../deploy/roll-back.ts';
import { rollOut } from '../deploy/roll-out.ts';
import { withRun } from '../run/with-run.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './rollback.ts';

/** A new revision of what an old one was. A service is replaced by it; of a job no run is started. */
export const rollbackCommand: CommandHandler<typeof definition> = async ({ positionals, options }, app) => {
  const { name, revision: number } = positionals;
  const deployments = openDeployments(app);
  const { store, stateFolder, pid } = deployments;
  await needLive(store, { name, verb: 'roll back', platform: options.platform });
  const begun = { name, stateFolder: foldersFrom(app.env, app.home).state, launches: false };
  return withRun({ ...begun, stopping: 'what ran before is being put back' }, app, async (scope) => {
    const { ctx } = scope;
    const roll = async () => {
      const { draft, revision } = await needTarget(store, name, number);
      return rollOut(draft, { kind: 'rollback', revision }, deployments, ctx);
    };
    const rolledOut = await changeDeployment({ stateFolder, name, pid, verb: 'roll back' }, roll, ctx);
    return reportRollOut(rolledOut, { isDetached: false, deployments, scope }, app);
  });
};
