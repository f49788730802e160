import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { BatchV1Api, CoreV1Api, Exec, PortForward, type V1Status } from '@kubernetes/client-node';
import { beforeAll, expect, it } from 'vitest';
import { findBusybox } from '../helpers/busybox-root.ts';
import { hasKubernetes, kubernetesSuite } from '../helpers/kubernetes.ts';
import { pushBusybox } from '../helpers/kubernetes-images.ts';
import { podsIn, type TestPods } from '../helpers/kubernetes-pods.ts';
import { describeWith } from '../helpers/requires.ts';
import { until } from '../helpers/until.ts';

const SERVE = 'mkdir /tmp/w; echo found >/tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w';
const isThere = hasKubernetes() && (await findBusybox()) !== undefined;

describeWith('kubernetes', isThere)('a cluster for tests', () => {
  const suite = kubernetesSuite();
  let pods: TestPods;
  let namespace: string;
  beforeAll(async () => {
    const { cluster } = suite;
    namespace = suite.namespace.name;
    pods = podsIn(cluster.config, namespace, await pushBusybox(cluster.registry));
  });
  const core = () => suite.cluster.config.makeApiClient(CoreV1Api);

  it('runs a pod to its end, and says its status and what it wrote', async () => {
    await pods.create('status', pods.spec('echo said; exit 7'));
    expect(await pods.end('status')).toMatchObject({ exitCode: 7, reason: 'Error' });
    expect(await pods.log('status')).toBe('said\n');
  });

  it('ends a container that takes more memory than it may', async () => {
    await pods.create('greedy', pods.spec('tail /dev/zero', { resources: { limits: { memory: '16Mi' } } }));
    expect(await pods.end('greedy')).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  it('finds a service by its name from pods, and by its address from this machine', async () => {
    await pods.create('web', pods.spec(SERVE));
    const ports = [{ port: 80, targetPort: 8080 }];
    const body = { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports } };
    const { spec } = await core().createNamespacedService({ namespace, body });
    await pods.create('asks', pods.spec('until wget -q -O - http://web; do sleep 0.2; done'));
    expect(await pods.end('asks')).toMatchObject({ exitCode: 0 });
    expect(await pods.log('asks')).toContain('found');
    const isReached = suite.cluster.own === undefined || (await fetch(`http://${spec?.clusterIP}`)).ok;
    expect(isReached).toBe(true);
  });

  it('deletes a job when its time is over, and what it owns with it', async () => {
    const batch = suite.cluster.config.makeApiClient(BatchV1Api);
    const spec = { ttlSecondsAfterFinished: 1, backoffLimit: 0, template: { spec: pods.spec('true') } };
    const { metadata } = await batch.createNamespacedJob({ namespace, body: { metadata: { name: 'job' }, spec } });
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: metadata?.uid ?? '' };
    await pods.create('owned', pods.spec('sleep 600'), { ownerReferences: [owner] });
    await until('the job and what it owns to be gone', async () => {
      const jobs = await batch.listNamespacedJob({ namespace });
      const { items } = await core().listNamespacedPod({ namespace });
      return jobs.items.length === 0 && items.every((pod) => !/^(job-|owned)/.test(pod.metadata?.name ?? ''));
    });
  });

  it('starts a sidecar before the main container, and ends it after that', async () => {
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
    const beside =
      'trap "echo told >>/shared/log; cat /shared/log; exit" TERM; echo side >>/shared/log; sleep 600 & wait';
    const sidecar = { ...pods.container('side', beside, { volumeMounts }), restartPolicy: 'Always' };
    const main = pods.spec('until [ -e /shared/log ]; do sleep 0.1; done; echo main >>/shared/log', { volumeMounts });
    const volumes = [{ name: 'shared', emptyDir: {} }];
    await pods.create('sides', { ...main, terminationGracePeriodSeconds: 10, initContainers: [sidecar], volumes });
    expect(await pods.end('sides')).toMatchObject({ exitCode: 0 });
    expect(await pods.log('sides', 'side')).toBe('side\nmain\ntold\n');
  });

  it('takes a command into a container, and gives its status', async () => {
    await pods.create('entered', pods.spec('sleep 600'));
    await pods.untilRunning('entered');
    const out = new PassThrough();
    const said = text(out);
    const exec = new Exec(suite.cluster.config);
    const status = await new Promise<V1Status>((resolve, reject) => {
      const command = ['sh', '-c', 'hostname; exit 3'];
      exec.exec(namespace, 'entered', 'main', command, out, null, null, false, resolve).catch(reject);
    });
    out.end();
    expect(await said).toBe('entered\n');
    expect(status.details?.causes).toContainEqual(expect.objectContaining({ reason: 'ExitCode', message: '3' }));
  });

  it('forwards a port to a pod', async () => {
    await pods.create('open', pods.spec(SERVE));
    await pods.untilRunning('open');
    const forward = new PortForward(suite.cluster.config);
    await using server = createServer((near) => void forward.portForward(namespace, 'open', [8080], near, null, near));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    // `as` because the type also covers pipes: this one listens on a port.
    const { port } = server.address() as AddressInfo;
    const found = await until('an answer', async () => (await fetch(`http://127.0.0.1:${port}/`)).text());
    expect(found).toBe('found\n');
  });
});
