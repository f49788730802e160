import { ToolError } from '../../runtime/core/errors.ts';
import type { Draft } from './draft-revision.ts';
import type { Revision } from './records.ts';
import { type DeploymentStore, findRevision, liveRevision } from './store.ts';

export interface RollbackTarget {
  readonly draft: Draft;
  /** The number of the revision that it was. */
  readonly revision: number;
}

/** What an old revision was, as a draft of a new one: by its number, or the one that counted before the one that does.
 *  @throws {ToolError} REVISION_NOT_FOUND, USAGE */
export async function needTarget(
  store: DeploymentStore,
  name: string,
  number: string | undefined,
): Promise<RollbackTarget> {
  const target = number === undefined ? await before(store, name) : await byNumber(store, name, number);
  const { revision, createdAt: _c, status: _s, reason: _r, trigger: _t, ...draft } = target;
  return { draft, revision };
}

async function before(store: DeploymentStore, name: string): Promise<Revision> {
  const live = await liveRevision(store, name);
  const last = live?.revision ?? 0;
  const found = await findRevision(store, name, ({ status, revision }) => status === 'live' && revision < last);
  if (found !== undefined) return found;
  throw new ToolError('REVISION_NOT_FOUND', `Cannot roll "${name}" back: there is no revision before ${last}`);
}

async function byNumber(store: DeploymentStore, name: string, text: string): Promise<Revision> {
  const number = Number(text);
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new ToolError('USAGE', `Cannot roll "${name}" back to "${text}": a revision has a number, counted from 1`);
  }
  for await (const revision of store.revisions(name, number)) {
    if (revision.revision !== number) break;
    if (revision.status === 'live') return revision;
    throw new ToolError('REVISION_NOT_FOUND', `Cannot roll "${name}" back to ${number}: it never came to count`);
  }
  throw new ToolError('REVISION_NOT_FOUND', `Cannot roll "${name}" back to ${number}: there is no such revision`);
}
