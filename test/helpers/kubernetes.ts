import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll } from 'vitest';
import { missingForKubernetes } from '../kubernetes/requirements.ts';
import { makeNamespace, type TestNamespace } from './kubernetes-namespace.ts';
import { askForCluster, type OfferedCluster, type OwnCluster } from './kubernetes-offer.ts';

/** A cluster that tests may use as its administrator. */
export interface KubernetesCluster {
  /** Of the administrator: a file, and what is in it. */
  readonly kubeconfig: string;
  readonly config: KubeConfig;
  /** Plain http, under the same name on this machine, on the nodes and in pods: `10.233.7.2:5000`. */
  readonly registry: string;
  /** `undefined` where a caller gave the cluster: nothing goes wrong there on purpose. */
  readonly own: OwnCluster | undefined;
  /** A namespace with a random name. */
  readonly makeNamespace: (labels?: Readonly<Record<string, string>>) => Promise<TestNamespace>;
}

const GIVEN = process.env.HIBANA_TEST_KUBECONFIG || undefined;
const GIVEN_REGISTRY = process.env.HIBANA_TEST_KUBERNETES_REGISTRY || undefined;
/** The programs may have to be built. */
const CLUSTER_WITHIN_MS = 40 * 60_000;

/** Whether `kubernetesSuite` can: a cluster that was given, or one that can be started here. */
export function hasKubernetes(): boolean {
  return GIVEN !== undefined || canStartKubernetes();
}

/** Whether it starts one, in which things can be made to go wrong; tells what is missing where nothing was given. */
export function canStartKubernetes(): boolean {
  if (GIVEN !== undefined) return false;
  const missing = missingForKubernetes();
  if (missing.length > 0)
    process.stderr.write(`No cluster can be started here: there is no ${missing.join(', no ')}\n`);
  return missing.length === 0;
}

/** What there is while a test of the suite runs. */
export interface KubernetesSuite {
  readonly cluster: KubernetesCluster;
  /** Of the suite alone, deleted after it. */
  readonly namespace: TestNamespace;
}

/** A cluster, which all suites of a run share, and a namespace with these labels for the suite that calls it. */
export function kubernetesSuite(labels: Readonly<Record<string, string>> = {}): KubernetesSuite {
  let suite: KubernetesSuite | undefined;
  beforeAll(async () => {
    const cluster = await kubernetesCluster();
    suite = { cluster, namespace: await cluster.makeNamespace(labels) };
  }, CLUSTER_WITHIN_MS);
  afterAll(() => suite?.namespace[Symbol.asyncDispose]());
  const started = (): KubernetesSuite => {
    if (suite === undefined) throw new Error('no test of the suite runs yet');
    return suite;
  };
  return {
    get cluster() {
      return started().cluster;
    },
    get namespace() {
      return started().namespace;
    },
  };
}

/** The cluster of HIBANA_TEST_KUBECONFIG, as it is; else the one of this run of the tests, started when it is first asked for. */
export async function kubernetesCluster(): Promise<KubernetesCluster> {
  return clusterOf(GIVEN === undefined ? await askForCluster() : givenCluster(GIVEN));
}

function givenCluster(kubeconfig: string): OfferedCluster {
  if (GIVEN_REGISTRY === undefined) {
    throw new Error(
      'HIBANA_TEST_KUBECONFIG needs HIBANA_TEST_KUBERNETES_REGISTRY: a registry in plain http that tests and nodes reach',
    );
  }
  return { kubeconfig, registry: GIVEN_REGISTRY };
}

/** As the handle of a test. */
export function clusterOf({ kubeconfig, registry, own }: OfferedCluster): KubernetesCluster {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return {
    kubeconfig,
    config,
    registry,
    own,
    makeNamespace: (labels = {}) => makeNamespace(config, labels, own?.folder),
  };
}
