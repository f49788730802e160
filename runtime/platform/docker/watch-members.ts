import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import * as z from 'zod/mini';
import type { MemberChange, MemberId } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { LABELS } from '../../core/labels.ts';
import { findRecord } from './cluster-record.ts';

export interface MemberWatch {
  readonly name: string;
  readonly docker: Docker;
  /** Containers that were ended on purpose. */
  readonly ended: ReadonlySet<string>;
  /** Is told which others have ended: a daemon lists them as running for a moment after it has said so. */
  readonly lost: Set<string>;
}

const EventSchema = z.object({
  Action: z.string(),
  timeNano: z.number(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
});

const RETRY_MS = 500;
const KILLED = '137';

/** The changes of a cluster's members by what its daemon tells, from the start of its master on; ends when the cluster is deleted. A daemon that goes
 *  away for a moment is asked again for what was missed. */
export async function* watchMembers(watch: MemberWatch, ctx: Ctx): AsyncIterable<MemberChange> {
  const { name, docker, ended, lost } = watch;
  const outOfMemory = new Set<string>();
  const told = new Set<string>();
  const since = await startOf(watch, ctx);
  while (since !== undefined && !ctx.signal.aborted) {
    for await (const event of readEvents(docker, name, since, ctx)) {
      const { ID: id, Attributes } = event.Actor;
      const key = `${event.timeNano} ${event.Action} ${id}`;
      if (told.has(key)) continue;
      told.add(key);
      const member = memberOf(Attributes);
      if (event.Action === 'destroy' && member?.role === 'master') return;
      if (event.Action === 'oom') outOfMemory.add(id);
      if (member === undefined || ended.has(id)) continue;
      if (event.Action === 'start') yield { member, state: 'started' };
      if (event.Action !== 'die') continue;
      lost.add(id);
      const isOutOfMemory = outOfMemory.has(id);
      yield { member, state: 'lost', reason: reasonOf(Attributes, isOutOfMemory), isOutOfMemory };
    }
    await pause(RETRY_MS, undefined, { signal: ctx.signal }).catch(() => {});
    if (!ctx.signal.aborted && (await isGone(watch, ctx))) return;
  }
}

/** By the clock of the daemon. */
async function startOf({ name, docker }: MemberWatch, ctx: Ctx): Promise<string | undefined> {
  const master = (await findRecord(docker, name, ctx))?.master;
  return master === undefined ? undefined : String(master.Created);
}

async function isGone({ name, docker }: MemberWatch, ctx: Ctx): Promise<boolean> {
  // A daemon that does not answer knows nothing of it.
  return (await findRecord(docker, name, ctx).catch(() => null)) === undefined;
}

async function* readEvents(
  docker: Docker,
  name: string,
  since: string,
  { signal }: Ctx,
): AsyncGenerator<z.infer<typeof EventSchema>> {
  const filters = {
    type: ['container'],
    event: ['start', 'oom', 'die', 'destroy'],
    label: [`${LABELS.cluster}=${name}`],
  };
  try {
    // The types of the client know whole seconds only.
    const query = { since, filters, abortSignal: signal } as unknown as Docker.GetEventsOptions;
    const stream = await docker.getEvents(query);
    const lines = createInterface({ input: stream });
    // Destroying the stream alone does not end the lines of it.
    const onAbort = (): void => lines.close();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      for await (const line of lines) {
        const event = EventSchema.safeParse(JSON.parse(line));
        if (event.success) yield event.data;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      (stream as Readable).destroy();
    }
  } catch {
    // The daemon went away, or the watch was given up: the caller looks.
  }
}

function memberOf(labels: Readonly<Record<string, string>>): MemberId | undefined {
  const role = labels[LABELS.role];
  return role === 'master' || role === 'worker' ? { role, index: Number(labels[LABELS.index] ?? 0) } : undefined;
}

function reasonOf({ exitCode = '' }: Readonly<Record<string, string>>, isOutOfMemory: boolean): string {
  if (isOutOfMemory) return 'killed for memory';
  return exitCode === KILLED ? 'killed by SIGKILL' : `ended with status ${exitCode}`;
}
