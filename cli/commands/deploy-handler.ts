import { foldersFrom } from '../../runtime/core/folders.ts';
import { deploySource, readDeployInput } from '../deploy/deploy-source.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import { reportRollOut } from '../deploy/report-roll-out.ts';
import { withRun } from '../run/with-run.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './deploy.ts';

/** Makes a revision of a source and runs it. Waits for the end of a job, and for a service to be well. */
export const deployCommand: CommandHandler<typeof definition> = async (args, app) => {
  const deployments = openDeployments(app);
  const wanted = readDeployInput(args, app);
  const { state } = foldersFrom(app.env, app.home);
  const begun = { name: wanted.name, stateFolder: state, launches: false, stopping: STOPPING };
  return withRun(begun, app, async (scope) => {
    const rolledOut = await deploySource(wanted, { kind: 'deploy', revision: null }, deployments, scope, app);
    return reportRollOut(rolledOut, { isDetached: args.options.detach, deployments, scope }, app);
  });
};

export const STOPPING = 'what was begun is being ended, and what ran before is put back';
