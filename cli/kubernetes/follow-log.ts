import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import type { KubernetesClient } from '../../runtime/platform/kubernetes/kubernetes-client.ts';
import { openStream } from '../../runtime/platform/kubernetes/open-stream.ts';

export interface FollowedLog {
  readonly client: KubernetesClient;
  readonly pod: string;
  readonly container: string;
  /** Awaited before more is taken. */
  readonly onChunk: (chunk: Buffer) => Promise<void>;
  /** Whether there will be no more: its container has ended. */
  readonly isOver: () => boolean;
}

const RETRY_MS = 500;

/** Gives what a container writes, from the beginning to its end or until the signal aborts. A connection that breaks is made again, and what was told
 *  already is not told twice. */
export async function followLog(log: FollowedLog, ctx: Ctx): Promise<void> {
  let told = 0;
  while (!ctx.signal.aborted) {
    const wasOver = log.isOver();
    told = await readOnce(log, told, ctx);
    // What it wrote before it ended was there to be read.
    if (wasOver) return;
    await pause(RETRY_MS, undefined, { signal: ctx.signal }).catch(() => {});
  }
}

/** One connection, until it ends: how many bytes have been told by then. */
async function readOnce({ client, pod, container, onChunk }: FollowedLog, told: number, ctx: Ctx): Promise<number> {
  let [seen, ahead] = [0, told];
  const request = { path: `pods/${pod}/log`, query: { container, follow: 'true' }, isQuiet: true };
  try {
    for await (const chunk of openStream(client, request, ctx)) {
      const fresh = chunk.subarray(Math.min(chunk.length, Math.max(0, told - seen)));
      seen += chunk.length;
      ahead = Math.max(ahead, seen);
      if (fresh.length > 0) await onChunk(Buffer.from(fresh));
    }
  } catch {
    // The server is away, or the container has not begun.
  }
  return ahead;
}
