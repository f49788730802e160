import type { Ctx } from '../../../runtime/core/context.ts';
import type { GitSession } from './session.ts';

export interface CommitTree {
  /** Paths of the links, relative to the tree. */
  readonly links: readonly string[];
  readonly submodules: readonly { readonly path: string; readonly commit: string }[];
  /** Whether files of it may be kept elsewhere: `.gitattributes` says which. */
  readonly hasAttributes: boolean;
}

/** What a commit has that is no file. Source: https://git-scm.com/docs/git-ls-tree#_output_format */
export async function listTree(commit: string, dir: string, session: GitSession, ctx: Ctx): Promise<CommitTree> {
  const output = await session.need(['ls-tree', '-r', '-z', '--full-tree', commit], dir, ctx);
  const entries = output.split('\0').flatMap((entry) => {
    const [, mode, id, path] = /^(\d+) \w+ ([0-9a-f]+)\t(.+)$/s.exec(entry) ?? [];
    return mode === undefined || id === undefined || path === undefined ? [] : [{ mode, id, path }];
  });
  return {
    links: entries.filter(({ mode }) => mode === '120000').map(({ path }) => path),
    submodules: entries.filter(({ mode }) => mode === '160000').map(({ path, id }) => ({ path, commit: id })),
    hasAttributes: entries.some(({ path }) => /(?:^|\/)\.gitattributes$/.test(path)),
  };
}
