import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ApiException, CoreV1Api, KubeConfig, Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failing, startApiProxy } from '../helpers/api-proxy.ts';
import { findBusybox } from '../helpers/busybox-root.ts';
import { kubectl } from '../helpers/kubectl.ts';
import { canStartKubernetes, kubernetesSuite } from '../helpers/kubernetes.ts';
import { cutPodNetwork, signalContainer } from '../helpers/kubernetes-faults.ts';
import { pushBusybox } from '../helpers/kubernetes-images.ts';
import { takeApiServerAway } from '../helpers/kubernetes-offer.ts';
import { podsIn, type TestPods } from '../helpers/kubernetes-pods.ts';
import { describeWith } from '../helpers/requires.ts';
import { until } from '../helpers/until.ts';

/** Says every tenth of a second that it is there. */
const TICK = 'while sleep 0.1; do echo tick; done';
const SERVER = 'mkdir /tmp/w; echo found >/tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w';
const isThere = canStartKubernetes() && (await findBusybox()) !== undefined;

describeWith('kubernetes-faults', isThere)('faults of a cluster for tests', () => {
  const suite = kubernetesSuite();
  let pods: TestPods;
  let namespace: string;
  let folder: string;
  beforeAll(async () => {
    const { cluster } = suite;
    namespace = suite.namespace.name;
    pods = podsIn(cluster.config, namespace, await pushBusybox(cluster.registry));
    folder = await mkdtemp(join(tmpdir(), 'hibana-faults-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const core = () => suite.cluster.config.makeApiClient(CoreV1Api);
  const ticks = async (pod: string) => (await pods.log(pod)).length;
  const place = (pod: string) => ({ namespace, pod, container: 'main' });

  it('lets pods reach this machine, and nothing beyond it', async () => {
    await using server = createServer((_, response) => void response.end('found'));
    await once(server.listen(0, suite.cluster.own?.host), 'listening');
    // `as` because the type also covers pipes: this one listens on a port.
    const { port } = server.address() as AddressInfo;
    const ask = (address: string) => `wget -q -O - http://${address} && echo " $?"`;
    await pods.create('asks', pods.spec(`${ask(`${suite.cluster.own?.host}:${port}`)}; ${ask('192.0.2.1')}`));
    expect(await pods.end('asks')).toMatchObject({ exitCode: 1 });
    expect(await pods.log('asks')).toContain('found 0\n');
    expect(await pods.log('asks')).toContain('unreachable');
  });

  it('signalContainer() stops every process of a container, and lets it go on', async () => {
    await pods.create('stopped', pods.spec(TICK));
    await until('a tick', async () => (await ticks('stopped')) > 0);
    await signalContainer(suite.cluster, place('stopped'), 'SIGSTOP');
    // What it had written is on its way.
    await pause(500);
    const before = await ticks('stopped');
    await expect(until('a tick', async () => (await ticks('stopped')) > before, 1_000)).rejects.toThrow('Waited');
    await signalContainer(suite.cluster, place('stopped'), 'SIGCONT');
    await until('a tick', async () => (await ticks('stopped')) > before);
  });

  it('signalContainer() kills a container, whose pod says so', async () => {
    await pods.create('killed', pods.spec(TICK));
    await pods.untilRunning('killed');
    await signalContainer(suite.cluster, place('killed'), 'SIGKILL');
    expect(await pods.end('killed')).toMatchObject({ exitCode: 137, reason: 'Error' });
  });

  it('cutPodNetwork() leaves a pod without an answer for a while', async () => {
    await pods.create('cut', pods.spec(SERVER));
    const { status } = await pods.untilRunning('cut');
    const ask = async () => (await fetch(`http://${status?.podIP}:8080`, { signal: AbortSignal.timeout(1_000) })).ok;
    await until('an answer', ask);
    const cutting = cutPodNetwork(suite.cluster, { namespace, pod: 'cut' }, 3_000);
    await until('silence', async () => !(await ask().catch(() => false)), 3_000);
    await cutting;
    await until('an answer', ask);
  });

  it('takeApiServerAway() refuses every call meanwhile; pods go on, and what was written is there', async () => {
    await core().createNamespacedConfigMap({ namespace, body: { metadata: { name: 'kept' } } });
    await pods.create('goes-on', pods.spec(TICK));
    await pods.untilRunning('goes-on');
    const away = takeApiServerAway(2_000);
    await until(
      'a refusal',
      async () =>
        core()
          .listNamespace()
          .then(
            () => false,
            () => true,
          ),
      2_000,
    );
    await away;
    await core().readNamespacedConfigMap({ namespace, name: 'kept' });
    expect((await pods.read('goes-on')).status?.containerStatuses?.[0]?.restartCount).toBe(0);
    await pods.create('after', pods.spec('true'));
    expect(await pods.end('after')).toMatchObject({ exitCode: 0 });
  });

  it('startApiProxy() hands calls on as the same user, and says which', async () => {
    await using proxy = await startProxy();
    await apiOf(proxy.kubeconfig).createNamespacedConfigMap({ namespace, body: { metadata: { name: 'by-proxy' } } });
    expect(proxy.take()).toEqual([{ method: 'POST', path: `/api/v1/namespaces/${namespace}/configmaps` }]);
    await pods.create('entered', pods.spec('sleep 600'));
    await pods.untilRunning('entered');
    expect(await kubectl(proxy.kubeconfig, 'exec', 'entered', '--', 'cat', '/etc/hostname')).toBe('entered\n');
  });

  it.each(['error', 'reset', 'lost'] as const)('startApiProxy() makes a call fail by "%s"', async (fault) => {
    await using proxy = await startProxy();
    proxy.fault = ({ method }) => (method === 'POST' ? fault : undefined);
    const name = `by-${fault}`;
    const api = apiOf(proxy.kubeconfig);
    const refusal = await api
      .createNamespacedConfigMap({ namespace, body: { metadata: { name } } })
      .catch((error) => error);
    expect(refusal).toBeInstanceOf(Error);
    expect(refusal instanceof ApiException).toBe(fault === 'error');
    const { items } = await api.listNamespacedConfigMap({ namespace });
    expect(items.some(({ metadata }) => metadata?.name === name)).toBe(fault === 'lost');
  });

  it('startApiProxy() cuts a watch', async () => {
    await using proxy = await startProxy();
    const config = new KubeConfig();
    config.loadFromFile(proxy.kubeconfig);
    const seen: string[] = [];
    const ended = new Promise<unknown>((resolve, reject) => {
      const watch = new Watch(config);
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      watch.watch(path, {}, (_, object) => seen.push(object.metadata.name), resolve).catch(reject);
    });
    await core().createNamespacedConfigMap({ namespace, body: { metadata: { name: 'watched' } } });
    await until('an event', async () => seen.includes('watched'));
    proxy.cut();
    await ended;
  });

  it('failing() lets so many calls fail', () => {
    const fault = failing(0.3);
    const faults = Array.from({ length: 10_000 }, () => fault({ method: 'GET', path: '/' })).filter(Boolean);
    expect(faults.length / 10_000).toBeCloseTo(0.3, 1);
  });

  const startProxy = async () => startApiProxy({ kubeconfig: await suite.namespace.kubeconfigFor('edit'), folder });
});

function apiOf(kubeconfig: string): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config.makeApiClient(CoreV1Api);
}
