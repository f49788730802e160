import { deleteDeployment } from '../deploy/delete-deployment.ts';
import { needName } from '../deploy/need.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import { quietCtx } from '../deploy/quiet-ctx.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './delete.ts';

export const deleteCommand: CommandHandler<typeof definition> = async ({ positionals: { name }, options }, app) => {
  const deployments = openDeployments(app);
  await needName(deployments.store, { name, verb: 'delete', platform: options.platform });
  const runs = await deleteDeployment(name, deployments, quietCtx(app));
  await app.writeResult({ text: `${name}: deleted`, data: { application: name, runs } });
  return 0;
};
