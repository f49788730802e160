import type { Ctx } from '../../../runtime/core/context.ts';
import type { ImageRef } from '../../../runtime/core/image-ref.ts';
import type { Reply } from '../../packages/exchange.ts';
import { pullScope, pushScope, type Scope } from './scopes.ts';
import type { Session, SessionRequest } from './session.ts';

export interface RepositoryRequest extends Omit<SessionRequest, 'target' | 'repository' | 'scopes'> {
  /** Below the repository: `manifests/v1`; or where the registry said to go. */
  readonly at: string | URL;
  /** What it does there. */
  readonly access: Access;
}

export type Access = 'pull' | 'push';

/** One repository of a registry. */
export interface Repository {
  /** For people: `registry.example/team/app`. */
  readonly name: string;
  readonly registry: string;
  readonly repository: string;
  /** As Session.send(). */
  send(request: RepositoryRequest, ctx: Ctx): Promise<Reply>;
}

export interface RepositoryOptions {
  /** What is asked for from the first request on: with `push` one token will do for all. Default `pull`. */
  readonly access?: Access;
  /** Repositories of the same registry from which blobs may be mounted. Default none. */
  readonly mountFrom?: readonly Pick<ImageRef, 'registry' | 'repository'>[];
}

export function createRepository(session: Session, repository: string, options: RepositoryOptions = {}): Repository {
  const { registry } = session;
  const sources = (options.mountFrom ?? []).filter((from) => from.registry === registry);
  const others = [...new Set(sources.map((from) => from.repository))].filter((other) => other !== repository);
  const scopesOf = (access: Access): readonly Scope[] =>
    access === 'push' || options.access === 'push'
      ? [pushScope(repository), ...others.map(pullScope)]
      : [pullScope(repository)];
  return {
    name: `${registry}/${repository}`,
    registry,
    repository,
    send: ({ at, access, ...request }, ctx) => {
      const target = at instanceof URL ? at : `/v2/${repository}/${at}`;
      return session.send({ ...request, target, repository, scopes: scopesOf(access) }, ctx);
    },
  };
}
