import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { type GitUrl, parseGitUrl } from '../git-url.ts';
import { type ResolvedRef, resolveRef } from './resolve-ref.ts';
import type { GitSession } from './session.ts';

export interface Located {
  /** Of where the repository is now. */
  readonly session: GitSession;
  readonly resolved: ResolvedRef;
}

/** Finds the commit; follows the server once to a new place on the same host, and no further: credentials are bound to the host.
 *  @throws {ToolError} as resolveRef */
export async function locate(ref: string | null, session: GitSession, ctx: Ctx): Promise<Located> {
  try {
    return { session, resolved: await resolveRef(ref, session, ctx) };
  } catch (error) {
    const moved = error instanceof ToolError ? newPlace(error.details.location, session.url) : undefined;
    if (moved === undefined) throw error;
    ctx.emit({ type: 'notice', level: 'info', message: `The repository has moved to ${moved.text}` });
    return { session: session.at(moved), resolved: await resolveRef(ref, session.at(moved), ctx) };
  }
}

function newPlace(location: unknown, from: GitUrl): GitUrl | undefined {
  const base = typeof location === 'string' ? /^(.+?)\/info\/refs(?:\?|$)/.exec(location)?.[1] : undefined;
  if (base === undefined) return undefined;
  const to = parseGitUrl(base, { allowHttp: from.scheme === 'http' });
  return to.host === from.host && to.text !== from.text ? to : undefined;
}
