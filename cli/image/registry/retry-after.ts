import type { Ctx } from '../../../runtime/core/context.ts';
import type { Reply } from '../../packages/exchange.ts';

/** Statuses that another try may mend. 499 and 522 are those of proxies in front of a registry. */
const RETRIED = new Set([408, 429, 499, 500, 502, 503, 504, 522]);

export function isRetried(status: number): boolean {
  return RETRIED.has(status);
}

/** What asks for more is refused at once. */
const LONGEST_WAIT_MS = 60_000;

/** How long to wait before the next try: what the reply asks for, at least `waitMs`; `undefined` when it asks for too long. Says so when it is
 *  longer than usual. Source: RFC 9110, "Retry-After": seconds, or a date. */
export function waitBefore(reply: Reply, waitMs: number, ctx: Ctx): number | undefined {
  const asked = askedMs(reply.headers['retry-after'], ctx.now());
  if (asked > LONGEST_WAIT_MS) return undefined;
  if (asked > waitMs) {
    const message = `Waits ${Math.ceil(asked / 1_000)} s, as "${new URL(reply.url).host}" asks (status ${reply.status})`;
    ctx.emit({ type: 'notice', level: 'info', message });
  }
  return Math.max(asked, waitMs);
}

function askedMs(value: string | undefined, now: number): number {
  if (value === undefined) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(ms, 0) : 0;
}
