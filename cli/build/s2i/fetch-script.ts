import { buffer } from 'node:stream/consumers';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { createPackageSource, type ToolchainDeps } from '../../toolchain/deps.ts';
import type { BuildDeps } from '../build-deps.ts';
import type { Fetch } from './find-scripts.ts';

/** Scripts from a web server, by the proxies and authorities of everything else that is fetched.
 *  @throws {ToolError} SCRIPTS_NOT_FOUND for a server that does not give them */
export function fetchScript({ toolchain }: Pick<BuildDeps, 'toolchain'>, caFile: string | null): Fetch {
  return async (url: string, ctx: Ctx) => {
    const deps: ToolchainDeps = { ...toolchain, index: { indexUrl: null, caFile } };
    await using source = createPackageSource(deps);
    const { http } = await source.open(ctx);
    try {
      const reply = await http.get(url, {}, ctx);
      if (reply.status === NOT_FOUND) {
        await reply.discard();
        return undefined;
      }
      return await buffer(reply.body);
    } catch (cause) {
      ctx.signal.throwIfAborted();
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ToolError('SCRIPTS_NOT_FOUND', `Cannot fetch "${url}": ${why}`, { cause });
    }
  };
}

const NOT_FOUND = 404;
