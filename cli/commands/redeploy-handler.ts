import { foldersFrom } from '../../runtime/core/folders.ts';
import { noValues } from '../command-line/options.ts';
import { type DeployArgs, deploySource, readDeployInput } from '../deploy/deploy-source.ts';
import { needLive } from '../deploy/need.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import type { Revision } from '../deploy/records.ts';
import { reportRollOut } from '../deploy/report-roll-out.ts';
import { withRun } from '../run/with-run.ts';
import type { CommandHandler } from './command.ts';
import { definition as deployDefinition } from './deploy.ts';
import { STOPPING } from './deploy-handler.ts';
import type { definition } from './redeploy.ts';

/** What `deploy` was told for the revision that counts, told again: in the folder where it was told. */
export const redeployCommand: CommandHandler<typeof definition> = async ({ positionals: { name }, options }, app) => {
  const deployments = openDeployments(app);
  const live = await needLive(deployments.store, { name, verb: 'redeploy', platform: options.platform });
  const there = { ...app, cwd: live.request.cwd, env: { ...app.env, ...daemonOf(live) } };
  const wanted = readDeployInput(argsOf(live), there);
  const begun = { name, stateFolder: foldersFrom(app.env, app.home).state, launches: false, stopping: STOPPING };
  return withRun(begun, app, async (scope) => {
    const rolledOut = await deploySource(wanted, { kind: 'redeploy', revision: null }, deployments, scope, there);
    return reportRollOut(rolledOut, { isDetached: options.detach, deployments, scope }, app);
  });
};

/** Options that a later version has are not ours to follow; those that it had not yet are not given. */
function argsOf({ application, source, request }: Revision): DeployArgs {
  const known = Object.entries(request.options).filter(([name]) => name in deployDefinition.options);
  const options = { ...noValues(deployDefinition.options), ...Object.fromEntries(known), name: application };
  // They were parsed by this very definition when they were kept.
  return { positionals: { source: source.text }, options: options as DeployArgs['options'], rest: request.args };
}

/** The daemon that it runs in, whichever the environment means today. */
function daemonOf({ docker }: Revision): Readonly<Record<string, string>> {
  return docker === undefined ? {} : { DOCKER_HOST: `unix://${docker.socket}` };
}
