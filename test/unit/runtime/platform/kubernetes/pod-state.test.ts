import type { V1ContainerState, V1PodStatus } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { endOf, troubleOf } from '../../../../../runtime/platform/kubernetes/pod-state.ts';

const pod = (status: V1PodStatus) => ({ status });
const container = (state: V1ContainerState) =>
  pod({
    phase: 'Pending',
    containerStatuses: [{ name: 'driver', state, image: '', imageID: '', ready: false, restartCount: 0 }],
  });

it.each([
  [container({ waiting: { reason: 'ContainerCreating' } }), undefined, undefined],
  [container({ waiting: { reason: 'ErrImagePull', message: 'x: not found' } }), 'IMAGE_PULL_FAILED', true],
  [container({ waiting: { reason: 'ErrImagePull', message: 'dial tcp: i/o timeout' } }), 'IMAGE_PULL_FAILED', false],
  [container({ waiting: { reason: 'ImagePullBackOff', message: '401 Unauthorized' } }), 'IMAGE_PULL_FAILED', true],
  [container({ waiting: { reason: 'InvalidImageName' } }), 'IMAGE_PULL_FAILED', true],
  [
    container({ waiting: { reason: 'CreateContainerConfigError', message: 'secret "a" not found' } }),
    'POD_FAILED',
    true,
  ],
  [container({ waiting: { reason: 'CrashLoopBackOff' } }), 'POD_FAILED', true],
  [pod({ phase: 'Failed', reason: 'Evicted', message: 'the node was low on memory' }), 'POD_FAILED', true],
  [
    pod({
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
    }),
    'POD_UNSCHEDULABLE',
    false,
  ],
])('troubleOf(%j) is %s', (state, code, isFinal) => {
  const trouble = troubleOf(state);
  expect([trouble?.code, trouble?.isFinal]).toEqual([code, isFinal]);
});

it('endOf() tells a container that was killed for memory', () => {
  const state = container({ terminated: { exitCode: 137, reason: 'OOMKilled' } });
  expect(endOf(state, 'driver')).toEqual({ status: 137, isOutOfMemory: true });
  expect(endOf(state, 'another')).toBeUndefined();
});
