import type { Cluster } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { formatMemory, MEBIBYTE, workerMemoryBytes } from '../../core/quantity.ts';
import { type Probe, waitFor } from '../../core/wait.ts';
import { type MasterPage, readMasterPage, type WorkerRoom } from '../master-page.ts';

/** One executor: what a worker must have free for the job to begin. */
export interface Room {
  readonly cores: number;
  /** The executor's heap, as the master counts it. */
  readonly mebibytes: number;
  /** As it was asked for: all that the executor may use, or its heap by name. */
  readonly memory: { readonly text: string; readonly kind: 'all' | 'heap' };
}

const POLL_MS = 500;

/** Waits until some worker has room for one executor, and says at once who holds what there is. Where the master's page is not known
 *  Spark itself does the waiting.
 *  @throws {ToolError} CLUSTER_BUSY after `deadlineMs`, naming the holders; CLUSTER_TOO_SMALL when no worker could ever hold one */
export async function awaitRoom(cluster: Cluster, room: Room, deadlineMs: number, ctx: Ctx): Promise<void> {
  const { webUi, name } = cluster;
  if (webUi === null) return;
  let isTold = false;
  await waitFor(
    { what: `free cores on "${name}"`, step: 'cluster', deadlineMs, intervalMs: POLL_MS, code: 'CLUSTER_BUSY' },
    async (): Promise<Probe<undefined>> => {
      const page = await readMasterPage(webUi, ctx.signal);
      // A master that stands by has no workers, and says nothing about those of the one that leads.
      if (page?.status !== 'ALIVE' || page.workers.some(hasFree(room))) return { done: true, value: undefined };
      if (page.workers.length > 0 && !page.workers.some(couldHold(room))) throw tooSmall(name, room, page);
      const lastSeen = holders(page);
      if (!isTold)
        ctx.emit({ type: 'notice', level: 'info', message: `The job waits for free cores on "${name}": ${lastSeen}` });
      isTold = true;
      return { done: false, lastSeen };
    },
    ctx,
  );
}

function hasFree({ cores, mebibytes }: Room): (worker: WorkerRoom) => boolean {
  return ({ coresFree, memoryFree }) => coresFree >= cores && memoryFree >= mebibytes;
}

function couldHold({ cores, mebibytes }: Room): (worker: WorkerRoom) => boolean {
  return (worker) => worker.cores >= cores && worker.memory >= mebibytes;
}

/** `etl (app-…-0003) holds 2 cores, report (app-…-0004) waits` */
function holders({ workers, running }: MasterPage): string {
  if (workers.length === 0) return 'no worker is alive';
  if (running.length === 0) return 'no application holds any, and yet none is free';
  return running
    .map(({ id, name, user, cores }) => {
      const whose = `${name} (${id}${user === '' ? '' : ` of ${user}`})`;
      return cores === 0 ? `${whose} waits` : `${whose} holds ${cores} ${cores === 1 ? 'core' : 'cores'}`;
    })
    .join(', ');
}

/** In the words in which it was asked for, and with what could be asked for instead. */
function tooSmall(name: string, { cores, mebibytes, memory }: Room, { workers }: MasterPage): ToolError {
  const isHeap = memory.kind === 'heap';
  const describe = (own: number, size: string): string =>
    `${own} ${own === 1 ? 'core' : 'cores'} and ${isHeap ? 'a heap of ' : ''}${size}`;
  const sizeOf = (worker: WorkerRoom): string =>
    formatMemory(isHeap ? worker.memory * MEBIBYTE : workerMemoryBytes(worker.memory * MEBIBYTE));
  const rooms = [...new Set(workers.map((worker) => describe(worker.cores, sizeOf(worker))))];
  const [largest] = workers.toSorted((one, other) => other.memory - one.memory || other.cores - one.cores);
  const flags = (worker: WorkerRoom): string =>
    `--worker-cores ${worker.cores} ${isHeap ? `--conf spark.executor.memory=${sizeOf(worker)}` : `--worker-memory ${sizeOf(worker)}`}`;
  return new ToolError(
    'CLUSTER_TOO_SMALL',
    `Cannot fit an executor with ${describe(cores, memory.text)} on "${name}": its workers have room for ${rooms.join(', or ')}`,
    {
      details: { cores, mebibytes, memory: memory.text, workers },
      ...(largest === undefined ? {} : { hint: `Ask for no more than fits: ${flags(largest)}` }),
    },
  );
}
