import { posix } from 'node:path';
import { foldersFrom } from '../../runtime/core/folders.ts';
import type { Settings } from '../config/settings.ts';
import { planDocument } from '../run/plan-document.ts';
import { describePlanText } from '../run/plan-text.ts';
import { readApplication } from '../run/read-application.ts';
import { readInput } from '../run/read-input.ts';
import { sourceName } from '../run/source-name.ts';
import { withRun } from '../run/with-run.ts';
import type { Source } from '../source/source.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './plan.ts';

/** Reads and plans; what is fetched for it is deleted again. */
export const planCommand: CommandHandler<typeof definition> = async ({ positionals, options, rest }, app) => {
  const input = readInput(positionals.source, options, rest, app);
  const { state } = foldersFrom(app.env, app.home);
  const needsScratch = input.source.kind !== 'directory';
  const begun = { name: sourceName(input.source), stateFolder: state, launches: false };
  const planned = await withRun(begun, app, async (scope) => {
    const open = { ...input.open, scratch: needsScratch ? await scope.guard() : '', extraEnv: scope.marker };
    await using application = await readApplication({ ...input, open }, scope.ctx);
    const { tree, plan, settings, sparkDefaults } = application;
    const { commit, description } = tree;
    return { commit, description, contextDir: folderOf(input.source, settings), plan, settings, sparkDefaults };
  });
  await app.writeResult({ text: describePlanText(planned), data: planDocument(planned) });
  return 0;
};

/** The one that was asked for, and in it that of the application in hibana.yaml. */
function folderOf(source: Source, settings: Settings): string | null {
  const asked = source.kind === 'template' ? null : source.contextDir;
  const folders = [asked, settings.contextDir].filter((folder) => folder !== null);
  return folders.length === 0 ? null : posix.join(...folders);
}
