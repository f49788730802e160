import { ToolError } from '../../runtime/core/errors.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { changeDeployment } from '../deploy/change-deployment.ts';
import { revisionDocument, runDocument } from '../deploy/documents.ts';
import { endRun } from '../deploy/end-run.ts';
import { needLive } from '../deploy/need.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import type { Revision } from '../deploy/records.ts';
import { keepService } from '../deploy/replace-service.ts';
import { reportRollOut } from '../deploy/report-roll-out.ts';
import { startRun } from '../deploy/start-run.ts';
import { withRun } from '../run/with-run.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './start.ts';

/** One more run of a job, as `run` would show it; or a service that is stopped, until it is well. */
export const startCommand: CommandHandler<typeof definition> = async ({ positionals, options, rest }, app) => {
  const { name } = positionals;
  const deployments = openDeployments(app);
  const revision = await needLive(deployments.store, { name, verb: 'start', platform: options.platform });
  if (revision.kind === 'service') refuseArguments(revision, options['run-id'], rest);
  const { stateFolder, pid } = deployments;
  const begun = { name, stateFolder: foldersFrom(app.env, app.home).state, launches: false };
  return withRun({ ...begun, stopping: 'the run is being ended' }, app, async (scope) => {
    const { ctx } = scope;
    const waiting = { isDetached: options.detach, deployments, scope };
    if (revision.kind === 'service') {
      const begin = async () => {
        // Somebody may have deployed another since.
        const live = await needLive(deployments.store, { name, verb: 'start', platform: options.platform });
        const { run, isStarted } = await keepService(live, 'start', deployments, ctx);
        return { revision: live, changed: isStarted, run };
      };
      const started = await changeDeployment({ stateFolder, name, pid, verb: 'start' }, begin, ctx);
      return reportRollOut(started, waiting, app);
    }
    const args = rest.length === 0 ? null : rest;
    const wanted = { revision, trigger: 'start', args, id: options['run-id'] ?? null } as const;
    const { run, isAttached } = await startRun(wanted, deployments, ctx);
    const data = { attached: isAttached, revision: revisionDocument(revision, revision.revision) };
    if (!options.detach) return endRun(run, revision, data, waiting, app);
    await scope.reporter.close();
    await app.writeResult({ text: run.run, data: { ...data, run: runDocument(run) } });
    return 0;
  });
};

function refuseArguments({ application }: Revision, id: string | undefined, rest: readonly string[]): void {
  if (id === undefined && rest.length === 0) return;
  throw new ToolError(
    'USAGE',
    `Cannot start "${application}" with ${id === undefined ? 'arguments' : '--run-id'}: a service has one run a revision`,
    {
      hint: 'Deploy it with other arguments instead',
    },
  );
}
