import { setTimeout as pause } from 'node:timers/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import type { KubernetesClient } from '../../runtime/platform/kubernetes/kubernetes-client.ts';
import { openStream } from '../../runtime/platform/kubernetes/open-stream.ts';
import { LogPlace } from './log-place.ts';

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
  const place = new LogPlace();
  while (!ctx.signal.aborted) {
    const wasOver = log.isOver();
    await readOnce(log, place, ctx);
    // What it wrote before it ended was there to be read.
    if (wasOver) return;
    await pause(RETRY_MS, undefined, { signal: ctx.signal }).catch(() => {});
  }
}

/** One connection, until it ends. */
async function readOnce({ client, pod, container, onChunk }: FollowedLog, place: LogPlace, ctx: Ctx): Promise<void> {
  const query = { container, follow: 'true', timestamps: 'true', sinceTime: place.since };
  const read = place.reader();
  try {
    for await (const chunk of openStream(client, { path: `pods/${pod}/log`, query, isQuiet: true }, ctx)) {
      const fresh = read(chunk);
      if (fresh.length > 0) await onChunk(fresh);
    }
  } catch {
    // The server is away, or the container has not begun.
  }
}
