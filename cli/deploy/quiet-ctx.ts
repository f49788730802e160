import type { Ctx } from '../../runtime/core/context.ts';
import type { AppContext } from '../commands/command.ts';

/** For what takes moments and tells nobody how far it is. */
export function quietCtx({ now }: Pick<AppContext, 'now'>): Ctx {
  return { signal: new AbortController().signal, emit: () => {}, now };
}
