import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { GitSession } from './session.ts';

const NAMED_FILES = 3;

/** The files of a checkout that git LFS keeps elsewhere. */
export async function listLargeFiles(dir: string, session: GitSession, ctx: Ctx): Promise<readonly string[]> {
  const output = await session.need(['ls-files', '-z', '--', ':(attr:filter=lfs)'], dir, ctx);
  return output.split('\0').filter((path) => path !== '');
}

/** Says once that `files` are pointers only, or fetches them when it is asked for.
 *  @throws {ToolError} GIT_MISSING without git-lfs, and what a failure of the server means. */
export async function handleLargeFiles(
  files: readonly string[],
  dir: string,
  session: GitSession,
  ctx: Ctx,
): Promise<void> {
  if (files.length === 0) return;
  if (session.options.lfs) return fetchLargeFiles(dir, session, ctx);
  const what = files.length === 1 ? 'One file is' : `${files.length} files are`;
  ctx.emit({
    type: 'notice',
    level: 'warning',
    message: `${what} kept by git LFS and only a pointer here: ${files.slice(0, NAMED_FILES).join(', ')}`,
    hint: 'Give --lfs to fetch them',
  });
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
