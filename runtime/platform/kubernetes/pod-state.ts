import type { V1ContainerState, V1Pod } from '@kubernetes/client-node';
import type { ErrorCode } from '../../core/errors.ts';

/** What keeps a pod from running, in the words of whoever says so. */
export interface PodTrouble {
  readonly code: ErrorCode;
  readonly message: string;
  /** Nothing that goes on by itself will mend it. */
  readonly isFinal: boolean;
}

/** `undefined`: nothing that anybody knows of. Source: Kubernetes' pod lifecycle, and the reasons of its kubelet. */
export function troubleOf(pod: V1Pod): PodTrouble | undefined {
  const {
    conditions = [],
    containerStatuses = [],
    initContainerStatuses = [],
    phase,
    reason,
    message,
  } = pod.status ?? {};
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return { code: 'POD_UNSCHEDULABLE', message: scheduled.message ?? 'no node takes it', isFinal: false };
  }
  for (const { name } of [...initContainerStatuses, ...containerStatuses]) {
    const trouble = startTroubleOf(pod, name);
    if (trouble !== undefined) return trouble;
  }
  if (phase === 'Failed' && reason !== undefined) {
    return { code: 'POD_FAILED', message: [reason, message].filter(Boolean).join(': '), isFinal: true };
  }
  return undefined;
}

/** What keeps one container of a pod from running. */
export function startTroubleOf({ status }: V1Pod, container: string): PodTrouble | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = status ?? {};
  const found = [...initContainerStatuses, ...containerStatuses].find(({ name }) => name === container);
  const { exitCode, message = `it ended with status ${exitCode}` } = found?.lastState?.terminated ?? {};
  return waitingTrouble(container, found?.state, exitCode === undefined ? undefined : message);
}

/** Of a registry's answer the kubelet gives nothing but the text. These do not change while one waits. */
const NEVER = /not found|unauthorized|denied|forbidden|no match for platform|manifest unknown|no basic auth/i;
const PULL = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
]);
const BROKEN = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError', 'CrashLoopBackOff']);

function waitingTrouble(
  container: string,
  state: V1ContainerState | undefined,
  lastEnd: string | undefined,
): PodTrouble | undefined {
  const { reason = '', message } = state?.waiting ?? {};
  // That it waits before it is started again says nothing of why.
  const said = `${container}: ${(reason === 'CrashLoopBackOff' ? lastEnd : undefined) ?? message ?? reason}`;
  if (PULL.has(reason)) {
    const isFinal = reason === 'InvalidImageName' || reason === 'ErrImageNeverPull' || NEVER.test(message ?? '');
    return { code: 'IMAGE_PULL_FAILED', message: said, isFinal };
  }
  return BROKEN.has(reason) ? { code: 'POD_FAILED', message: said, isFinal: true } : undefined;
}

/** How a container of a pod ended. */
export interface ContainerEnd {
  readonly status: number;
  readonly isOutOfMemory: boolean;
}

/** `undefined` while it runs, or has not begun. */
export function endOf(pod: V1Pod, container: string): ContainerEnd | undefined {
  const found = pod.status?.containerStatuses?.find(({ name }) => name === container);
  const terminated = found?.state?.terminated;
  if (terminated === undefined) return undefined;
  return { status: terminated.exitCode, isOutOfMemory: terminated.reason === 'OOMKilled' };
}

/** Whether it has started and not ended. */
export function isRunning(pod: V1Pod): boolean {
  return pod.status?.phase === 'Running' && !isEnding(pod);
}

/** Whether somebody has deleted it, though it may still run. */
export function isEnding(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp != null;
}

/** Whether it will never run again. */
export function hasEnded(pod: V1Pod): boolean {
  return pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
}
