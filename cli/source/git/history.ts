import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import type { GitSession } from './session.ts';

export const ALL_REFS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

/** The whole id of the one commit in the history of the branches and tags that begins with `id`; `undefined` when there is none or more
 *  than one. Fetches commits only where the server can leave files out, otherwise everything: the time-outs are the bound. */
export async function findInHistory(id: string, session: GitSession, ctx: Ctx): Promise<string | undefined> {
  const dir = join(session.folder, `history-${id}`);
  await mkdir(dir);
  await session.need(['init', '--quiet', '--bare', '.'], dir, ctx);
  // A filter is only taken for a remote that has a name.
  await session.need(['remote', 'add', 'origin', session.url.text], dir, ctx);
  await session.need(['fetch', '--progress', '--no-tags', '--filter=tree:0', 'origin', ...ALL_REFS], dir, ctx);
  const found = await session.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${id}^{commit}`], dir, ctx);
  const commit = found.stdout.trim();
  return found.exitCode === 0 && commit.startsWith(id) ? commit : undefined;
}
