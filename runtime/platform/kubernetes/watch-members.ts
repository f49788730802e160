import type { V1Pod } from '@kubernetes/client-node';
import type { MemberChange } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import type { MemberRole } from '../../core/events.ts';
import { LABELS } from '../../core/labels.ts';
import { indexOf, labelOf, recordsOf } from './cluster-record.ts';
import type { ClusterMemory } from './kubernetes-provider.ts';
import type { PodBoard } from './pod-board.ts';
import { endOf, hasEnded, isEnding, isRunning, troubleOf } from './pod-state.ts';

export interface MemberWatch {
  readonly name: string;
  readonly board: Pick<PodBoard, 'changes'>;
  readonly memory: ClusterMemory;
}

const KILLED = 137;

/** The changes of a cluster's members, those included that run already; ends when the cluster is deleted. What keeps a worker from starting is a notice.
 *  @throws {ToolError} IMAGE_PULL_FAILED, POD_FAILED when that does not mend itself and no worker has ever started */
export async function* watchMembers({ name, board, memory }: MemberWatch, ctx: Ctx): AsyncIterable<MemberChange> {
  const started = new Map<string, V1Pod>();
  const lost = new Set<string>();
  const tell = troubleTeller(ctx);
  for await (const pods of board.changes(ctx)) {
    const record = recordsOf(pods).find((one) => one.name === name);
    const members = [record?.master, ...(record?.workers ?? [])].filter((pod) => pod !== undefined);
    for (const pod of members) {
      const uid = pod.metadata?.uid ?? '';
      const isKnown = started.has(uid);
      if (!isKnown && (isRunning(pod) || hasEnded(pod))) {
        started.set(uid, pod);
        yield { member: memberOf(pod), state: 'started' };
      }
      const isFirst = ![...started.values()].some((one) => labelOf(one, LABELS.role) === 'worker');
      if (!memory.ended.has(uid) && !isEnding(pod)) tell(pod, isFirst);
      if (lost.has(uid) || memory.ended.has(uid) || !(hasEnded(pod) || isEnding(pod))) continue;
      lost.add(uid);
      yield lossOf(pod);
    }
    const there = new Set(members.map((pod) => pod.metadata?.uid));
    for (const [uid, pod] of started) {
      if (there.has(uid) || lost.has(uid) || memory.ended.has(uid)) continue;
      lost.add(uid);
      yield { ...lossOf(pod), reason: 'was deleted' };
    }
    const isDeleted = [...started].some(
      ([uid, pod]) => memory.ended.has(uid) && labelOf(pod, LABELS.role) === 'master',
    );
    if (isDeleted && members.length === 0) return;
  }
}

/** Says of each worker once what it waits for, in the words of the cluster. */
function troubleTeller(ctx: Ctx): (pod: V1Pod, isFirst: boolean) => void {
  const told = new Set<string>();
  return (pod, isFirst) => {
    const trouble = hasEnded(pod) ? undefined : troubleOf(pod);
    const { role, index } = memberOf(pod);
    if (trouble === undefined || role !== 'worker') return;
    const { code, message, isFinal } = trouble;
    if (isFinal && isFirst) throw new ToolError(code, `Cannot start worker ${index}: ${message}`);
    const key = `${pod.metadata?.uid} ${code}`;
    if (told.has(key)) return;
    told.add(key);
    ctx.emit({ type: 'notice', level: 'warning', message: `Worker ${index} waits: ${message}` });
  };
}

function memberOf(pod: V1Pod): MemberChange['member'] {
  return { role: labelOf(pod, LABELS.role) as MemberRole, index: indexOf(pod) };
}

function lossOf(pod: V1Pod): MemberChange {
  const member = memberOf(pod);
  const end = endOf(pod, member.role);
  const isOutOfMemory = end?.isOutOfMemory ?? false;
  return { member, state: 'lost', reason: reasonOf(pod, end), isOutOfMemory };
}

function reasonOf(pod: V1Pod, end: ReturnType<typeof endOf>): string {
  if (end?.isOutOfMemory === true) return 'killed for memory';
  const { reason, message } = pod.status ?? {};
  // Of an eviction the kubelet says why.
  if (reason !== undefined) return message === undefined ? reason.toLowerCase() : `${reason.toLowerCase()}: ${message}`;
  if (end === undefined) return 'was deleted';
  return end.status === KILLED ? 'killed by SIGKILL' : `ended with status ${end.status}`;
}
