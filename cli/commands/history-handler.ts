import { isBeingChanged } from '../deploy/change-deployment.ts';
import { revisionDocument } from '../deploy/documents.ts';
import { historyText } from '../deploy/history-text.ts';
import { needName } from '../deploy/need.ts';
import { openDeployments } from '../deploy/open-deployments.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './history.ts';

export const historyCommand: CommandHandler<typeof definition> = async ({ positionals: { name }, options }, app) => {
  const { store, stateFolder } = openDeployments(app);
  await needName(store, { name, verb: 'list the revisions of', platform: options.platform });
  const revisions = await Array.fromAsync(store.revisions(name));
  const live = revisions.find(({ status }) => status === 'live')?.revision ?? null;
  await app.writeResult({
    text: await historyText(revisions, live, { isBeingChanged: await isBeingChanged({ stateFolder, name }) }),
    data: { application: name, revisions: revisions.map((revision) => revisionDocument(revision, live)) },
  });
  return 0;
};
