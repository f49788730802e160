import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { CommitTree } from './list-tree.ts';
import type { GitSession } from './session.ts';

const NAMED_FILES = 3;

/** Fetches the files of a checkout that git LFS keeps elsewhere when that is asked for; gives back the paths of those that stay pointers.
 *  @throws {ToolError} GIT_MISSING without git-lfs, and what a failure of the server means. */
export async function handleLargeFiles(
  { hasAttributes }: Pick<CommitTree, 'hasAttributes'>,
  dir: string,
  session: GitSession,
  ctx: Ctx,
): Promise<readonly string[]> {
  const files = hasAttributes ? await listLargeFiles(dir, session, ctx) : [];
  if (files.length === 0 || !session.options.lfs) return files;
  await fetchLargeFiles(dir, session, ctx);
  return [];
}

/** Says once that files of a source, or of its submodules, are pointers only. */
export function noticePointers(files: readonly string[], ctx: Ctx): void {
  if (files.length === 0) return;
  const what = files.length === 1 ? 'One file is' : `${files.length} files are`;
  ctx.emit({
    type: 'notice',
    level: 'warning',
    message: `${what} kept by git LFS and only a pointer here: ${files.slice(0, NAMED_FILES).join(', ')}`,
    hint: 'Give --lfs to fetch them',
  });
}

async function listLargeFiles(dir: string, session: GitSession, ctx: Ctx): Promise<readonly string[]> {
  const output = await session.need(['ls-files', '-z', '--', ':(attr:filter=lfs)'], dir, ctx);
  return output.split('\0').filter((path) => path !== '');
}

async function fetchLargeFiles(dir: string, session: GitSession, ctx: Ctx): Promise<void> {
  if ((await session.run(['lfs', 'version'], dir, ctx)).exitCode !== 0) {
    throw new ToolError('GIT_MISSING', 'Cannot fetch the large files of the source: git-lfs is not installed', {
      hint: 'Install git-lfs, or leave --lfs out',
    });
  }
  await session.need(['remote', 'add', 'origin', session.url.text], dir, ctx);
  // Stronger than the repository's own .lfsconfig, which could name any host.
  await session.need(['config', 'lfs.url', `${session.url.text.replace(/\/+$/, '')}/info/lfs`], dir, ctx);
  await session.need(['lfs', 'install', '--local', '--skip-repo'], dir, ctx);
  await session.need(['lfs', 'pull'], dir, ctx);
}
