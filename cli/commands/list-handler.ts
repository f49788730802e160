import { openDeployments } from '../deploy/open-deployments.ts';
import { quietCtx } from '../deploy/quiet-ctx.ts';
import { platformOf, readState, stateDocument, unreadableState } from '../deploy/read-state.ts';
import { listText } from '../deploy/state-text.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './list.ts';

/** One that cannot be read does not hide the others. */
export const listCommand: CommandHandler<typeof definition> = async ({ options: { platform } }, app) => {
  const deployments = openDeployments(app);
  const ctx = quietCtx(app);
  const names = await deployments.store.names();
  const states = await Promise.all(
    names.map((name) =>
      readState(name, deployments, { asksHealth: false }, ctx).catch((error: unknown) => unreadableState(name, error)),
    ),
  );
  const shown = states.filter((state) => platform === undefined || platformOf(state) === platform);
  await app.writeResult({ text: await listText(shown), data: { applications: shown.map(stateDocument) } });
  return 0;
};
