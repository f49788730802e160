import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { displayUrl } from '../git-url.ts';
import { ALL_REFS, findInHistory } from './history.ts';
import { type ResolvedRef, refNotFound } from './resolve-ref.ts';
import type { GitSession } from './session.ts';

const FETCH = ['fetch', '--progress', '--no-tags', '--no-recurse-submodules', '--no-auto-gc'];
const SHALLOW = [...FETCH, '--depth=1', '--'];
const SHA256_LENGTH = 64;

/** Makes a repository in the existing folder `dir` with the commit, and nothing checked out; gives back its whole id. Fetches this one commit where
 *  the server gives it by id; else the ref; else, for an old commit on a server that refuses ids, the history.
 *  @throws {ToolError} GIT_REF_NOT_FOUND, and what the server's failure means. */
export async function fetchCommit(wanted: ResolvedRef, dir: string, session: GitSession, ctx: Ctx): Promise<string> {
  const format = wanted.commit.length === SHA256_LENGTH ? ['--object-format=sha256'] : [];
  await session.need(['init', ...format, '.'], dir, ctx);
  return fetchInto(dir, wanted, session, ctx);
}

/** Writes the files of a commit that is in the repository `dir`. */
export async function checkOutCommit(commit: string, dir: string, session: GitSession, ctx: Ctx): Promise<void> {
  await session.need(['checkout', '--progress', '--force', '--detach', commit], dir, ctx);
}

/** A refusal looks like any other failure: each next way is tried, and the last one's failure is explained. */
async function fetchInto(dir: string, wanted: ResolvedRef, session: GitSession, ctx: Ctx): Promise<string> {
  const { commit, ref } = wanted;
  const byId = await session.run([...SHALLOW, session.url.text, commit], dir, ctx);
  // A branch is at a commit; a tag, or an id of the user's, may be at anything.
  if (byId.exitCode === 0 && (ref === 'HEAD' || ref?.startsWith('refs/heads/'))) return commit;
  if (byId.exitCode === 0) return commitOf('FETCH_HEAD', wanted, dir, session, ctx);
  if (ref !== null) {
    await session.need([...SHALLOW, session.url.text, ref], dir, ctx);
    return commitOf('FETCH_HEAD', wanted, dir, session, ctx);
  }
  if ((await findInHistory(commit, session, ctx)) === undefined) throw refNotFound(commit, [], null, session);
  const deep = ALL_REFS.map((refspec) => refspec.replace(':refs/', ':refs/remotes/origin/'));
  await session.need([...FETCH, '--', session.url.text, ...deep], dir, ctx);
  return commitOf(commit, wanted, dir, session, ctx);
}

async function commitOf(
  name: string,
  wanted: ResolvedRef,
  dir: string,
  session: GitSession,
  ctx: Ctx,
): Promise<string> {
  const found = await session.run(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
    dir,
    ctx,
  );
  if (found.exitCode === 0) return found.stdout.trim();
  const what = wanted.label ?? wanted.commit;
  throw new ToolError(
    'GIT_REF_NOT_FOUND',
    `Cannot fetch "${displayUrl(session.url.text)}": "${what}" is not a commit`,
    {
      details: { ref: what },
    },
  );
}
