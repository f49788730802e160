import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { type Check, type Finding, failure, findingOf, ok } from './check.ts';

export interface IndexProbe {
  /** For people: the host of the index. */
  host(ctx: Ctx): Promise<string>;
  /** Whether the index has Spark's package. @throws {ToolError} INDEX_UNREACHABLE, INDEX_AUTH */
  hasSpark(ctx: Ctx): Promise<boolean>;
  /** Whether the cache has all that an application without dependencies needs. */
  isCacheFilled(ctx: Ctx): Promise<boolean>;
}

const DEADLINE_MS = 5_000;

/** Whether the package index answers, within 5 s. Where the cache is filled it may be away. */
export function indexCheck(probe: IndexProbe, deadlineMs = DEADLINE_MS): Check {
  return {
    name: 'package index',
    run: async (ctx) => {
      const finding = await ask(probe, ctx, deadlineMs);
      if (finding.state !== 'failure' || !(await probe.isCacheFilled(ctx))) return finding;
      return {
        ...finding,
        state: 'warning',
        detail: `${finding.detail}; not needed when the cache is filled, and it is`,
      };
    },
  };
}

async function ask(probe: IndexProbe, ctx: Ctx, deadlineMs: number): Promise<Finding> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const limited = { ...ctx, signal: AbortSignal.any([ctx.signal, deadline]) };
  try {
    const host = await probe.host(limited);
    if (await probe.hasSpark(limited)) return ok(`${host} answers`);
    return failure(`${host} answers, but has no package "pyspark"`, 'Name an index that has it with --index-url');
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!deadline.aborted) return findingOf(error);
    return findingOf(new ToolError('INDEX_UNREACHABLE', `no answer within ${deadlineMs / 1_000} s`));
  }
}
