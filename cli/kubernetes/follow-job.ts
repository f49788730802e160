import { setTimeout as pause } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { type Ctx, withSignal } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import type { ProgressEvent } from '../../runtime/core/events.ts';
import { LABELS } from '../../runtime/core/labels.ts';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import { type Probe, waitFor } from '../../runtime/core/wait.ts';
import { labelOf } from '../../runtime/platform/kubernetes/cluster-record.ts';
import type { KubernetesClient } from '../../runtime/platform/kubernetes/kubernetes-client.ts';
import { NOT_FOUND, statusOf } from '../../runtime/platform/kubernetes/kubernetes-errors.ts';
import { DRIVER_CONTAINER, LAUNCHER_CONTAINER } from '../../runtime/platform/kubernetes/kubernetes-place.ts';
import type { PodBoard } from '../../runtime/platform/kubernetes/pod-board.ts';
import { endOf, hasEnded, isEnding, startTroubleOf, troubleOf } from '../../runtime/platform/kubernetes/pod-state.ts';
import { answered, retrying } from '../../runtime/platform/kubernetes/retry.ts';
import { followLog } from './follow-log.ts';
import { readEvents } from './read-events.ts';

export interface FollowedJob {
  readonly client: KubernetesClient;
  readonly run: string;
  /** Of the pods of the run. */
  readonly board: Pick<PodBoard, 'known' | 'pods' | 'pod' | 'changes'>;
  readonly startMs: number;
  readonly onEvent: (event: ProgressEvent) => void;
  readonly onOutput: (chunk: Uint8Array) => Promise<void>;
}

/** For the next words of a driver that has ended. */
const DRAIN_MS = 5_000;
const POLL_MS = 100;
/** Longer than the grace of its pod. */
const ENDED_WITHIN_MS = 90_000;

/** Follows a run to its end: its launcher's events, and what its driver writes. On abort its Job is deleted, and it is followed until it has ended.
 *  @throws {ToolError} POD_UNSCHEDULABLE, IMAGE_PULL_FAILED, POD_FAILED when it cannot begin; LAUNCHER_LOST when it ends without an outcome; rejects with
 *  `signal.reason` when its Job cannot be deleted on abort */
export async function followJob(job: FollowedJob, ctx: Ctx): Promise<Outcome> {
  const { board, client, run, onEvent, onOutput } = job;
  // What follows goes on after an abort, until the run has ended.
  const over = new AbortController();
  const inner = withSignal(ctx, over.signal);
  const pod = await untilLaunched(job, ctx);
  const isOver = (container: string) => (): boolean => {
    const now = board.pod(pod);
    return now === undefined || hasEnded(now) || endOf(now, container) !== undefined;
  };
  const outcome = Promise.withResolvers<Outcome>();
  const lines = readEvents((event) => {
    if (event.type === 'outcome') outcome.resolve(event.outcome);
    else onEvent(event);
  });
  const follow = (container: string, onChunk: (chunk: Buffer) => Promise<void>): Promise<void> =>
    followLog({ client, pod, container, onChunk, isOver: isOver(container) }, inner);
  const launcher = follow(LAUNCHER_CONTAINER, async (chunk) => lines(chunk));
  let chunks = 0;
  const driver = follow(DRIVER_CONTAINER, async (chunk) => {
    chunks += 1;
    await onOutput(chunk);
  });
  const gaveUp = Promise.withResolvers<never>();
  gaveUp.promise.catch(() => {});
  const onAbort = (): void => {
    const deleting = deleteJob(run, client, withSignal(ctx, AbortSignal.timeout(ENDED_WITHIN_MS)));
    deleting.catch(() => gaveUp.reject(ctx.signal.reason));
  };
  ctx.signal.addEventListener('abort', onAbort, { once: true });
  if (ctx.signal.aborted) onAbort();
  try {
    const lost = launcher.then((): never => {
      throw new ToolError('LAUNCHER_LOST', 'The launcher ended without an outcome');
    });
    const broken = untilBroken(pod, board, over.signal);
    for (const one of [lost, broken]) one.catch(() => {});
    const result = await Promise.race([outcome.promise, lost, broken, gaveUp.promise]);
    for (let told = -1; told !== chunks; ) {
      told = chunks;
      // A driver that has ended has a last word: it is waited for as long as there is more of it.
      const isAll = await Promise.race([driver.then(() => true), pause(DRAIN_MS, false, { ref: false })]);
      if (isAll) break;
    }
    return result;
  } finally {
    ctx.signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}

/** When no outcome will come though its pod is there: of a launcher that cannot be started again, of a node that is lost.
 *  @throws {ToolError} POD_FAILED, LAUNCHER_LOST */
async function untilBroken(name: string, board: FollowedJob['board'], signal: AbortSignal): Promise<never> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const _ of board.changes({ signal: AbortSignal.any([signal, late.signal]) })) {
      const pod = board.pod(name);
      const trouble = pod && !isEnding(pod) ? startTroubleOf(pod, LAUNCHER_CONTAINER) : undefined;
      if (trouble?.isFinal === true) throw new ToolError(trouble.code, `Cannot start the launcher: ${trouble.message}`);
      if (pod === undefined || isEnding(pod)) timer ??= setTimeout(() => late.abort(), ENDED_WITHIN_MS).unref();
    }
  } finally {
    clearTimeout(timer);
  }
  throw new ToolError('LAUNCHER_LOST', `The pod "${name}" was deleted, and has not ended in time`);
}

/** The name of the run's pod, when its launcher has started. */
async function untilLaunched({ client, board, run, startMs }: FollowedJob, ctx: Ctx): Promise<string> {
  const why = whyNoPod(client, run, ctx);
  const wait = {
    what: `the pod of "${run}" to start`,
    step: 'cluster',
    deadlineMs: startMs,
    intervalMs: POLL_MS,
  } as const;
  await board.known(ctx);
  let last: V1Pod | undefined;
  return waitFor(
    { ...wait, code: 'CLUSTER_TIMEOUT' },
    async (): Promise<Probe<string>> => {
      const pod = board.pods.find((one) => labelOf(one, LABELS.role) === 'launcher');
      last = pod ?? last;
      if (pod === undefined) return { done: false, lastSeen: last === undefined ? await why() : 'its pod is gone' };
      const launcher = pod.status?.initContainerStatuses?.find(({ name }) => name === LAUNCHER_CONTAINER);
      if (launcher?.state?.running !== undefined || hasEnded(pod)) {
        return { done: true, value: pod.metadata?.name ?? '' };
      }
      const trouble = troubleOf(pod);
      if (trouble?.isFinal === true) throw new ToolError(trouble.code, `Cannot start the run: ${trouble.message}`);
      return { done: false, lastSeen: trouble?.message ?? `it is ${pod.status?.phase?.toLowerCase() ?? 'new'}` };
    },
    ctx,
  );
}

const FIRST_LOOK_MS = 3_000;
const NEXT_LOOK_MS = 10_000;
/** Nothing but words depends on them. */
const EVENTS_MS = 2_000;

/** What keeps a Job from having a pod (a quota, a policy) is told by events alone: they are looked at now and then, when none came in time. */
function whyNoPod({ core, namespace }: KubernetesClient, run: string, { now }: Ctx): () => Promise<string> {
  let lookAt = now() + FIRST_LOOK_MS;
  let said = 'no pod yet';
  return async () => {
    if (now() < lookAt) return said;
    lookAt = now() + NEXT_LOOK_MS;
    const fieldSelector = `involvedObject.kind=Job,involvedObject.name=${run},type=Warning`;
    const { items } = await answered(core.listNamespacedEvent({ namespace, fieldSelector }), EVENTS_MS).catch(() => ({
      items: [],
    }));
    said = items.at(-1)?.message ?? said;
    return said;
  };
}

/** Deletes the Job of a run, and with it all that it owns; idempotent.
 *  @throws {ToolError} as retrying */
export async function deleteJob(run: string, { batch, namespace }: KubernetesClient, ctx: Ctx): Promise<void> {
  const isGone = (error: unknown): boolean => statusOf(error) === NOT_FOUND;
  const call = () => batch.deleteNamespacedJob({ namespace, name: run, propagationPolicy: 'Background' });
  await retrying(`delete the job "${run}"`, call, ctx, isGone).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}
