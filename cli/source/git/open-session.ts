import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { parseGitUrl } from '../git-url.ts';
import type { OpenOptions } from '../options.ts';
import { writeAskpass } from './askpass.ts';
import { withOwnNetwork } from './network.ts';
import { type GitSession, gitSession } from './session.ts';

export interface OpenedSession {
  readonly session: GitSession;
  /** Deletes its folder, with all that is in it. */
  readonly remove: () => Promise<void>;
}

const DEFAULT_TOTAL_MS = 10 * 60_000;
const DEFAULT_SILENCE_MS = 60_000;

/** git for one repository, in a folder of its own in `options.scratch`; the folder is gone again when this fails.
 *  @throws {ToolError} SOURCE_UNSAFE and SOURCE_INVALID for the URL, FILE_UNREADABLE for `caFile` */
export async function openSession(url: string, options: OpenOptions, ctx: Ctx): Promise<OpenedSession> {
  const parsed = parseGitUrl(url, { allowHttp: true });
  ctx.signal.throwIfAborted();
  const folder = await mkdtemp(join(await realpath(options.scratch), 'source-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    await writeAskpass(join(folder, 'askpass'));
    const totalMs = options.totalTimeoutMs ?? DEFAULT_TOTAL_MS;
    const silenceMs = options.silenceTimeoutMs ?? DEFAULT_SILENCE_MS;
    const limits = { totalMs, silenceMs, total: AbortSignal.timeout(totalMs) };
    const own = await withOwnNetwork(parsed, { options, folder }, ctx);
    return { session: gitSession(parsed, folder, own, limits), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
