import { resolve } from 'node:path';
import { foldersFrom } from '../../runtime/core/folders.ts';
import type { AppContext, ParsedArgs } from '../commands/command.ts';
import { indexTokens, type TokenFlags } from '../run/index-tokens.ts';
import { prepareApplication } from '../run/prepare-application.ts';
import type { Application } from '../run/read-application.ts';
import type { RunScope } from '../run/with-run.ts';
import { viewTree } from '../source/tree-view.ts';
import { type Draft, draftRevision } from './draft-revision.ts';
import { keepTree, treeFolder } from './local/keep-tree.ts';
import { movedLayout } from './local/run-request.ts';

export interface PrepareWanted {
  readonly application: Application;
  /** The source in the words of whoever deployed it. */
  readonly source: string;
  /** It is a folder of the user's. */
  readonly isDirectory: boolean;
  readonly caFile: string | null;
  readonly args: Pick<ParsedArgs, 'options' | 'rest'>;
  readonly flags: TokenFlags & { readonly java?: string | undefined; readonly upgrade: boolean };
}

/** Has all there that a run on this machine needs, once and for all runs: toolchain, dependencies and packages in the cache, and the application's files
 *  beside the records. Neither git nor the network is needed after it.
 *  @throws {ToolError} those of prepareApplication */
export async function prepareDraft(
  { application, source, isDirectory, caFile, args, flags }: PrepareWanted,
  scope: RunScope,
  app: AppContext,
): Promise<Draft> {
  const { dir, plan, tree, settings } = application;
  const folders = foldersFrom(app.env, app.home);
  const prepare = {
    ...{ cache: folders.cache, java: flags.java, caFile, upgrade: flags.upgrade, isDirectory },
    indexTokens: indexTokens(flags, (path) => resolve(app.cwd, path)),
    isConnect: settings.cluster.target?.kind === 'connect',
    runFolder: null,
  };
  const { layout } = await prepareApplication(application, prepare, scope, app);
  const { files } = await viewTree(dir, { gitignore: tree.commit === null });
  const name = plan.app.name;
  const key = await keepTree({ stateFolder: folders.state, name, dir, files, scratch: await scope.guard() });
  const kept = treeFolder(folders.state, name, key);
  const own = {
    ...layout,
    pythonPath: [...layout.pythonPath],
    jars: [...layout.jars],
    pythonJars: [...layout.pythonJars],
    classPathJars: [...layout.classPathJars],
  };
  const artifact = { kind: 'tree', key, layout: movedLayout(own, dir, kept) } as const;
  const { submit } = settings;
  const { sparkDefaults } = application;
  return draftRevision(
    { platform: 'local', app: plan.app, settings, submit, sparkDefaults, artifact, source, tree, args },
    app,
  );
}
