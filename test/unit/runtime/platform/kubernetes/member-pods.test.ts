import { expect, it } from 'vitest';
import { memberPod } from '../../../../../runtime/platform/kubernetes/member-pods.ts';

const template = {
  metadata: { labels: { team: 'a' } },
  spec: {
    containers: [
      {
        name: 'worker',
        image: 'app',
        env: [
          { name: 'A', value: 'template' },
          { name: 'HOME', value: '/theirs' },
        ],
      },
      { name: 'beside', image: 'other' },
    ],
  },
};

it('memberPod() puts in what a launch knows, and leaves the rest as it was rendered', () => {
  const pod = memberPod({
    ...{ role: 'worker', name: 'etl-worker-1', template, owner: null, secret: 'etl-cluster', secretFolder: null },
    ...{ labels: { role: 'worker' }, annotations: {}, command: ['java', '$(PATH) $$ $HOME'] },
    ...{ env: { HOME: '/work/home' }, secretEnv: { SECRET: 'auth' } },
  });
  expect(pod.metadata).toMatchObject({ name: 'etl-worker-1', labels: { team: 'a', role: 'worker' } });
  const [worker, beside] = pod.spec?.containers ?? [];
  // A kubelet makes of two dollars one.
  expect(worker?.command).toEqual(['java', '$$(PATH) $$$$ $$HOME']);
  expect(worker?.env).toEqual([
    { name: 'A', value: 'template' },
    { name: 'HOME', value: '/work/home' },
    { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'etl-cluster', key: 'auth' } } },
  ]);
  expect(beside).toEqual({ name: 'beside', image: 'other' });
});
