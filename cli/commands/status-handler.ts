import { needName } from '../deploy/need.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import { quietCtx } from '../deploy/quiet-ctx.ts';
import { readState, stateDocument } from '../deploy/read-state.ts';
import { stateText } from '../deploy/state-text.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './status.ts';

export const statusCommand: CommandHandler<typeof definition> = async ({ positionals: { name }, options }, app) => {
  const deployments = openDeployments(app);
  await needName(deployments.store, { name, verb: 'show', platform: options.platform });
  const state = await readState(name, deployments, { asksHealth: true }, quietCtx(app));
  await app.writeResult({ text: stateText(state), data: { application: stateDocument(state) } });
  return 0;
};
