import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CoreV1Api, Health, KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { makeCertificates } from './certificates.ts';
import { answers, type RunningComponent, startComponent, untilReady } from './component.ts';
import { type ComponentName, componentsOf } from './components.ts';
import { NODE, PORTS, writeConfiguration } from './configuration.ts';
import { type Enclosure, openEnclosure } from './enclosure.ts';
import { createFirstObjects } from './first-objects.ts';
import { pushPauseImage } from './pause-image.ts';
import { buildPrograms, type Programs } from './programs.ts';

/** A cluster of one node that runs on this machine, and ends with this process. */
export interface KubernetesServer extends AsyncDisposable {
  readonly enclosure: Enclosure;
  readonly programs: Programs;
  /** Of the administrator: a file. */
  readonly kubeconfig: string;
  /** Kills the API server, and starts it again after a while; resolves when it is ready again. */
  readonly takeApiServerAway: (forMs: number) => Promise<void>;
}

/** Starts one, and builds its programs first where they are not in the cache: seconds, or minutes. Resolves when pods can be run. */
export async function startKubernetes(): Promise<KubernetesServer> {
  const programs = await buildPrograms();
  const enclosure = await openEnclosure(programs.pause);
  try {
    return await startIn(enclosure, programs);
  } catch (error) {
    await enclosure[Symbol.asyncDispose]();
    throw error;
  }
}

async function startIn(enclosure: Enclosure, programs: Programs): Promise<KubernetesServer> {
  const { folder, addresses } = enclosure;
  const certificates = join(folder, 'certificates');
  await Promise.all(['certificates', 'logs', 'scratch', 'shared'].map((name) => mkdir(join(folder, name))));
  await Promise.all([makeCertificates(certificates, addresses), writeConfiguration(enclosure)]);
  const components = componentsOf(enclosure, programs);
  const kubeconfig = join(certificates, 'admin.kubeconfig');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const start: Start = (name) => startComponent(components[name], enclosure);
  await Promise.all([startStores(enclosure, start), startRegistry(enclosure, start, programs)]);
  let apiServer = await startApiServer(config, start);
  await createFirstObjects(config, addresses);
  await startRest(enclosure, start, config);
  return {
    ...{ enclosure, programs, kubeconfig },
    takeApiServerAway: async (forMs) => {
      await apiServer.end('SIGKILL');
      await pause(forMs);
      apiServer = await startApiServer(config, start);
    },
    [Symbol.asyncDispose]: () => enclosure[Symbol.asyncDispose](),
  };
}

type Start = (name: ComponentName) => RunningComponent;

async function startStores({ folder, addresses: { node } }: Enclosure, start: Start): Promise<void> {
  const [etcd, containerd] = [start('etcd'), start('containerd')];
  await Promise.all([
    untilReady(etcd, () => answers(`http://${node}:${PORTS.etcd}/health`)),
    untilReady(containerd, () => listens(join(folder, 'containerd.sock'))),
  ]);
}

async function startRegistry({ folder, addresses }: Enclosure, start: Start, programs: Programs): Promise<void> {
  await untilReady(start('registry'), () => answers(`http://${addresses.registry}/v2/`));
  await pushPauseImage(addresses.registry, programs.pause, join(folder, 'scratch'));
}

async function startApiServer(config: KubeConfig, start: Start): Promise<RunningComponent> {
  const apiServer = start('kube-apiserver');
  await untilReady(apiServer, () => new Health(config).readyz({}));
  return apiServer;
}

async function startRest({ addresses: { node } }: Enclosure, start: Start, config: KubeConfig): Promise<void> {
  const [core, rbac] = [config.makeApiClient(CoreV1Api), config.makeApiClient(RbacAuthorizationV1Api)];
  const controllers = start('kube-controller-manager');
  start('kube-scheduler');
  const [kubelet, proxy] = [start('kubelet'), start('kube-proxy')];
  await untilReady(kubelet, async () => {
    const { status } = await core.readNode({ name: NODE });
    return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
  });
  // Not earlier: refused its first list, because what it may is not known yet, it would wait for seconds.
  const dns = start('coredns');
  await Promise.all([
    untilReady(dns, () => answers(`http://${node}:${PORTS.dns}/ready`)),
    untilReady(proxy, () => answers(`http://${node}:${PORTS.proxy}/healthz`)),
    untilReady(controllers, async () => {
      await core.readNamespacedServiceAccount({ name: 'default', namespace: 'default' });
      // Made of other roles.
      return ((await rbac.readClusterRole({ name: 'edit' })).rules ?? []).length > 0;
    }),
  ]);
}

async function listens(socket: string): Promise<boolean> {
  const connection = createConnection(socket);
  try {
    await once(connection, 'connect');
    return true;
  } finally {
    connection.destroy();
  }
}
