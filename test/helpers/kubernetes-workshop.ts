import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchV1Api, CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import { type CliEnd, type CliProcess, type Home, makeHome, runCli, startCli } from './cli.ts';
import { gitBase } from './git-base.ts';
import { type KubernetesCluster, kubernetesCluster } from './kubernetes.ts';
import type { TestNamespace } from './kubernetes-namespace.ts';
import { pushStandIn, type StandIn } from './stand-in-image.ts';
import { until } from './until.ts';

export interface KubernetesWorkshop extends AsyncDisposable {
  readonly cluster: KubernetesCluster;
  /** Held to Pod Security "restricted"; hibana is installed. */
  readonly namespace: TestNamespace;
  readonly home: Home;
  /** Of a user with the role "edit", and hibana's own image. */
  readonly env: Readonly<Record<string, string>>;
  readonly core: CoreV1Api;
  /** Pushes the image of an application whose Java is a stand-in: its name by digest. */
  readonly push: (standIn: StandIn) => Promise<string>;
  readonly run: (...args: readonly string[]) => Promise<CliEnd>;
  /** `run IMAGE --platform kubernetes …`, with a worker that fits on a small node. */
  readonly start: (image: string, args: readonly string[]) => CliProcess;
  /** The first pod of this role, when it runs. */
  readonly pod: (role: string) => Promise<V1Pod>;
  /** A quota of so many pods, until it is disposed. */
  readonly limitPods: (pods: number) => Promise<{ readonly name: string } & AsyncDisposable>;
  /** As somebody with kubectl would. */
  readonly deleteJobs: () => Promise<void>;
  /** Every pod, secret, config map and job of the namespace that is not the namespace's own. */
  readonly left: () => Promise<readonly string[]>;
}

const SMALL = ['--workers', '1', '--worker-memory', '1g'];

/** A namespace and a user of it, with hibana's own image in the registry of the cluster. */
export async function openKubernetesWorkshop(): Promise<KubernetesWorkshop> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-kubernetes-workshop-'));
  const [home, cluster] = await Promise.all([makeHome(), kubernetesCluster()]);
  const { registry, config } = cluster;
  const namespace = await cluster.makeNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  const dispose = async (): Promise<void> => {
    await namespace[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  const env = {
    KUBECONFIG: await namespace.kubeconfigFor('edit'),
    HIBANA_LAUNCHER_IMAGE: `${registry}/hibana:test`,
  };
  const insecure = ['--insecure-registry', registry];
  const run = (...args: readonly string[]): Promise<CliEnd> => runCli(args, home, { env });
  const core = config.makeApiClient(CoreV1Api);
  const name = namespace.name;
  try {
    await gitBase(join(folder, 'base'));
    const base = ['--base', `oci:${folder}/base:git`];
    await good(run('builder', 'build', 'hibana', ...base, '--push', '--image', env.HIBANA_LAUNCHER_IMAGE, ...insecure));
    await good(run('install', '-n', name, '--kubeconfig', cluster.kubeconfig));
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    ...{ cluster, namespace, home, env, core, run, [Symbol.asyncDispose]: dispose },
    push: (standIn) => pushStandIn(registry, standIn),
    start: (image, args) =>
      startCli(['run', image, '--platform', 'kubernetes', ...SMALL, ...insecure, ...args], home, { env }),
    pod: (role) =>
      until(`a ${role} to run`, async () => {
        const { items } = await core.listNamespacedPod({ namespace: name, labelSelector: `hibana.dev/role=${role}` });
        return items.find(({ status }) => status?.phase === 'Running');
      }),
    limitPods: async (pods) => {
      const quota = 'of-a-test';
      const hard = { pods: String(pods) };
      await core.createNamespacedResourceQuota({
        namespace: name,
        body: { metadata: { name: quota }, spec: { hard } },
      });
      await until('the quota to hold', async () => {
        const { status } = await core.readNamespacedResourceQuota({ namespace: name, name: quota });
        return status?.hard?.pods !== undefined;
      });
      return {
        name: quota,
        [Symbol.asyncDispose]: async () => {
          await core.deleteNamespacedResourceQuota({ namespace: name, name: quota });
        },
      };
    },
    deleteJobs: async () => {
      const batch = config.makeApiClient(BatchV1Api);
      await batch.deleteCollectionNamespacedJob({ namespace: name, propagationPolicy: 'Background' });
    },
    left: async () => {
      const labelSelector = 'hibana.dev/role';
      const [pods, secrets] = await Promise.all([
        core.listNamespacedPod({ namespace: name, labelSelector }),
        core.listNamespacedSecret({ namespace: name, labelSelector }),
      ]);
      return [...pods.items, ...secrets.items].map(({ metadata }) => metadata?.name ?? '');
    },
  };
}

async function good(ending: Promise<CliEnd>): Promise<void> {
  const { status, stderr } = await ending;
  if (status !== 0) throw new Error(stderr);
}
