import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { isCommitId, isWholeCommitId, nearestNames } from '../git-ref.ts';
import { displayUrl } from '../git-url.ts';
import { findInHistory } from './history.ts';
import { parseRemoteRefs, type RemoteRefs, shortNames } from './remote-refs.ts';
import type { GitSession } from './session.ts';

export interface ResolvedRef {
  /** The whole id. */
  readonly commit: string;
  /** The full name that is at this commit on the server; `null` when only the id is known. */
  readonly ref: string | null;
  /** As people write it: `main`, `v1.2`; `null` for a commit id. */
  readonly label: string | null;
}

/** Finds which commit is wanted, by one `ls-remote` when it is HEAD, a branch, a tag or a whole id. A whole id is always a commit, never a
 *  branch of that name. @throws {ToolError} SOURCE_EMPTY, GIT_REF_NOT_FOUND with the nearest names, and what the server's failure means. */
export async function resolveRef(ref: string | null, session: GitSession, ctx: Ctx): Promise<ResolvedRef> {
  const refs = await listRefs(patterns(ref), session, ctx);
  if (ref === null || ref === 'HEAD') return resolveHead(refs, session, ctx);
  if (isWholeCommitId(ref)) return { commit: ref, ref: null, label: null };
  for (const full of [`refs/heads/${ref}`, `refs/tags/${ref}`, ref]) {
    const commit = refs.commits.get(full);
    if (commit !== undefined) return { commit, ref: full, label: ref };
  }
  const all = await listRefs(['--heads', '--tags'], session, ctx);
  if (all.commits.size === 0) throw emptyRepository(session);
  const commit = isCommitId(ref) ? (tipWith(ref, all) ?? (await findInHistory(ref, session, ctx))) : undefined;
  if (commit !== undefined) return { commit, ref: null, label: null };
  throw refNotFound(ref, [...shortNames(all)], refs.defaultBranch, session);
}

async function resolveHead(refs: RemoteRefs, session: GitSession, ctx: Ctx): Promise<ResolvedRef> {
  const commit = refs.commits.get('HEAD');
  if (commit !== undefined) return { commit, ref: 'HEAD', label: refs.defaultBranch };
  const all = await listRefs(['--heads', '--tags'], session, ctx);
  if (all.commits.size === 0) throw emptyRepository(session);
  throw refNotFound('HEAD', shortNames(all), null, session);
}

function patterns(ref: string | null): readonly string[] {
  if (ref === null || isWholeCommitId(ref)) return ['--', 'HEAD'];
  // The last two follow annotated tags to their commits.
  return ['--', 'HEAD', ref, `refs/heads/${ref}`, `refs/tags/${ref}`, `refs/tags/${ref}^{}`, `${ref}^{}`];
}

/** `options` before the URL, then patterns: without patterns a server with many pull requests sends all their refs. */
async function listRefs(args: readonly string[], session: GitSession, ctx: Ctx): Promise<RemoteRefs> {
  ctx.emit({ type: 'step-progress', step: 'source', doing: `asks ${session.url.host} for its refs` });
  const split = args.indexOf('--');
  const [options, names] = split < 0 ? [args, []] : [args.slice(0, split), args.slice(split + 1)];
  const command = ['ls-remote', '--symref', ...options, '--', session.url.text, ...names];
  return parseRemoteRefs(await session.need(command, session.folder, ctx));
}

function tipWith(prefix: string, refs: RemoteRefs): string | undefined {
  const found = new Set([...refs.commits.values()].filter((commit) => commit.startsWith(prefix)));
  return found.size === 1 ? [...found][0] : undefined;
}

function emptyRepository(session: GitSession): ToolError {
  return new ToolError('SOURCE_EMPTY', `Cannot fetch "${displayUrl(session.url.text)}": the repository has no commit`);
}

/** `names` are the branches and tags that there are. */
export function refNotFound(
  ref: string,
  names: readonly string[],
  defaultBranch: string | null,
  session: GitSession,
): ToolError {
  const nearest = nearestNames(ref, names);
  const what =
    ref === 'HEAD' ? 'its HEAD names a branch that does not exist' : `it has no branch, tag or commit "${ref}"`;
  return new ToolError('GIT_REF_NOT_FOUND', `Cannot fetch "${displayUrl(session.url.text)}": ${what}`, {
    details: { ref, nearest },
    ...hintFrom(nearest, names, defaultBranch),
  });
}

const MAXIMUM_LISTED = 8;

/** Those that are like it; where none is, what there is. */
function hintFrom(
  nearest: readonly string[],
  names: readonly string[],
  defaultBranch: string | null,
): { readonly hint?: string } {
  if (nearest.length > 0) return { hint: `Did you mean ${nearest.map((name) => `"${name}"`).join(', ')}?` };
  const all = [...new Set([...(defaultBranch === null ? [] : [defaultBranch]), ...names])];
  if (all.length === 0) return {};
  const more = all.length > MAXIMUM_LISTED ? ` and ${all.length - MAXIMUM_LISTED} more` : '';
  return { hint: `Name one that it has: ${all.slice(0, MAXIMUM_LISTED).join(', ')}${more}` };
}
