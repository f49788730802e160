import type { Ctx } from '../../runtime/core/context.ts';
import { openGit } from './git/open-git.ts';
import { openDirectory } from './open-directory.ts';
import { openTemplate } from './open-template.ts';
import type { OpenOptions } from './options.ts';
import type { Source, SourceTree } from './source.ts';

/** Makes a source into a folder on this machine. A directory stays where it is; git and templates get a folder of their own in
 *  `options.scratch`, which is gone on every path but success, and after disposing. Says what it does as progress of the step `source`.
 *  @throws {ToolError} the source rows of the catalog; rejects with `signal.reason` on abort, when no child is left. */
export async function openSource(source: Source, options: OpenOptions, ctx: Ctx): Promise<SourceTree> {
  ctx.signal.throwIfAborted();
  switch (source.kind) {
    case 'git':
      return openGit(source, options, ctx);
    case 'directory':
      return openDirectory(source);
    case 'template':
      return openTemplate(source, options);
  }
}
