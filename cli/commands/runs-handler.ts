import { runDocument } from '../deploy/documents.ts';
import { needName } from '../deploy/need.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import { quietCtx } from '../deploy/quiet-ctx.ts';
import { runsText } from '../deploy/runs-text.ts';
import { settledRuns } from '../deploy/settle-run.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './runs.ts';

export const runsCommand: CommandHandler<typeof definition> = async ({ positionals: { name }, options }, app) => {
  const deployments = openDeployments(app);
  await needName(deployments.store, { name, verb: 'list the runs of', platform: options.platform });
  const runs = await Array.fromAsync(settledRuns(name, deployments, quietCtx(app)));
  await app.writeResult({ text: await runsText(runs), data: { application: name, runs: runs.map(runDocument) } });
  return 0;
};
