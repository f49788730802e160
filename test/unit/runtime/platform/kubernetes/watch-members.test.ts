import type { V1Pod, V1PodStatus } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { LABELS } from '../../../../../runtime/core/labels.ts';
import { watchMembers } from '../../../../../runtime/platform/kubernetes/watch-members.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

const member = (role: string, index: number, status: V1PodStatus): V1Pod => ({
  metadata: {
    ...{ name: `etl-${role}-${index}`, uid: `${role} ${index}` },
    labels: { [LABELS.cluster]: 'etl', [LABELS.role]: role, [LABELS.index]: String(index) },
  },
  status,
});
const waitsFor = (reason: string, message: string): V1PodStatus => ({
  phase: 'Pending',
  containerStatuses: [
    { name: 'worker', image: '', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason, message } } },
  ],
});
const conditions = [
  { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '1 Insufficient memory' },
];
const master = member('master', 0, { phase: 'Running' });
const unschedulable = member('worker', 1, { phase: 'Pending', conditions });
const unpullable = member('worker', 2, waitsFor('ErrImagePull', '401 Unauthorized'));

async function watched(...seen: readonly (readonly V1Pod[])[]) {
  const ctx = testCtx();
  const board = {
    async *changes() {
      yield* seen;
    },
  };
  const memory = { ended: new Set<string>(), numbers: new Map<string, number>() };
  const changes = [];
  for await (const change of watchMembers({ name: 'etl', board, memory }, ctx)) changes.push(change.state);
  return { changes, notices: ctx.events.map((event) => event.type === 'notice' && event.message) };
}

it('watchMembers() says once what a worker waits for', async () => {
  const { changes, notices } = await watched([master, unschedulable], [master, unschedulable]);
  expect([changes, notices]).toEqual([['started'], ['Worker 1 waits: 1 Insufficient memory']]);
});

it('watchMembers() fails for the first worker when that will never start', async () => {
  await expect(watched([master, unpullable])).rejects.toMatchObject({ code: 'IMAGE_PULL_FAILED' });
});

it('watchMembers() goes on without a worker that will never start where there is another', async () => {
  const { notices } = await watched([master, member('worker', 1, { phase: 'Running' }), unpullable]);
  expect(notices).toEqual(['Worker 2 waits: worker: 401 Unauthorized']);
});
