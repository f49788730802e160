import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../core/cluster.ts';
import type { Ctx } from '../core/context.ts';
import { readMasterPage } from '../platform/master-page.ts';

const POLL_MS = 200;

export interface Registration {
  /** Whether the master has known an application: from then on the job can do without it. */
  readonly seen: boolean;
}

/** Watches the master's page until a first application has registered, or the signal aborts. */
export function watchRegistration(cluster: Cluster, ctx: Ctx): Registration {
  const registration = { seen: false };
  void poll(cluster, registration, ctx).catch(() => {});
  return registration;
}

async function poll(cluster: Cluster, registration: { seen: boolean }, ctx: Ctx): Promise<void> {
  if (cluster.webUi === null) return;
  while (!registration.seen) {
    registration.seen = ((await readMasterPage(cluster.webUi, ctx.signal))?.applications ?? 0) > 0;
    await pause(POLL_MS, undefined, { signal: ctx.signal });
  }
}
