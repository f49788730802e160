import type { Ctx } from '../../../runtime/core/context.ts';
import { checkRef, isCommitId, isWholeCommitId } from '../git-ref.ts';
import type { OpenOptions } from '../options.ts';
import type { Source } from '../source.ts';
import { locate } from './locate.ts';
import { openSession } from './open-session.ts';
import type { ResolvedRef } from './resolve-ref.ts';

export interface FoundCommit {
  readonly resolved: ResolvedRef;
  /** Whether the server has sent us to another place: what fetches from there has to be sent there, too. */
  readonly isMoved: boolean;
}

/** Which commit a source stands for, by one question to the server (`ls-remote`) and without a checkout; a whole id is not even asked for.
 *  `undefined` where that cannot be told so: for the beginning of an id. Leaves nothing in `options.scratch`.
 *  @throws {ToolError} the source rows of the catalog; rejects with `signal.reason` on abort */
export async function findCommit(
  source: Extract<Source, { kind: 'git' }>,
  options: OpenOptions,
  ctx: Ctx,
): Promise<FoundCommit | undefined> {
  const ref = source.ref === null ? null : checkRef(source.ref);
  if (ref !== null && isWholeCommitId(ref)) {
    return { resolved: { commit: ref, ref: null, label: null }, isMoved: false };
  }
  if (ref !== null && isCommitId(ref)) return undefined;
  const { session, remove } = await openSession(source.url, options, ctx);
  try {
    const located = await locate(ref, session, ctx);
    return { resolved: located.resolved, isMoved: located.session !== session };
  } finally {
    await remove();
  }
}
