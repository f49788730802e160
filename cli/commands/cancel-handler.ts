import { changeRuns } from '../deploy/change-deployment.ts';
import { runDocument } from '../deploy/documents.ts';
import { needName, needRun } from '../deploy/need.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import { quietCtx } from '../deploy/quiet-ctx.ts';
import type { Run } from '../deploy/records.ts';
import { runningRuns, settleRun, stopRun } from '../deploy/settle-run.ts';
import type { definition } from './cancel.ts';
import type { CommandHandler } from './command.ts';

/** A run that has ended already is no error. */
export const cancelCommand: CommandHandler<typeof definition> = async ({ positionals: { name }, options }, app) => {
  const deployments = openDeployments(app);
  const { store, stateFolder, pid } = deployments;
  const ctx = quietCtx(app);
  await needName(store, { name, verb: 'cancel', platform: options.platform });
  const cancel = async (): Promise<readonly Run[]> => {
    const wanted =
      options.run === undefined ? await runningRuns(name, deployments, ctx) : [await needRun(store, name, options.run)];
    return Promise.all(
      wanted.map(async (run) => {
        const now = await settleRun(run, deployments, ctx);
        return now.status === 'running' ? stopRun(now, deployments, ctx) : now;
      }),
    );
  };
  const runs = await changeRuns({ stateFolder, name, pid, verb: 'cancel' }, cancel, ctx);
  const text =
    runs.length === 0 ? `${name}: nothing runs` : runs.map(({ run, status }) => `${run}: ${status}`).join('\n');
  await app.writeResult({ text, data: { application: name, runs: runs.map(runDocument) } });
  return 0;
};
