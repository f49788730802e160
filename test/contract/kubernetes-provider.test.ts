import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api, type V1OwnerReference } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { memberTemplates } from '../../cli/kubernetes/member-templates.ts';
import type { ToolError } from '../../runtime/core/errors.ts';
import { LABELS } from '../../runtime/core/labels.ts';
import { holdLease, type LeaseHolder } from '../../runtime/launcher/lease-holder.ts';
import { kubernetesClient } from '../../runtime/platform/kubernetes/kubernetes-client.ts';
import {
  createKubernetesProvider,
  type KubernetesProviderOptions,
} from '../../runtime/platform/kubernetes/kubernetes-provider.ts';
import { PodBoard } from '../../runtime/platform/kubernetes/pod-board.ts';
import { testCtx } from '../helpers/ctx.ts';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { hasKubernetes, kubernetesSuite } from '../helpers/kubernetes.ts';
import { clusterSpec, launchRequestFor } from '../helpers/requests.ts';
import { describeWith } from '../helpers/requires.ts';
import { pushStandIn } from '../helpers/stand-in-image.ts';
import { until } from '../helpers/until.ts';
import { clusterProviderContract, type ProviderUnderTest } from './cluster-provider.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Several fit on a small node. */
const WORKER = { millicores: 250, memoryBytes: 2 ** 30 };
const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };

describeWith('kubernetes', hasKubernetes() && canMakeDebianBase())('clusters on Kubernetes', () => {
  const suite = kubernetesSuite(RESTRICTED);
  let image: string;
  let core: CoreV1Api;
  let holder: LeaseHolder;
  beforeAll(async () => {
    image = await pushStandIn(suite.cluster.registry, { tag: 'contract' });
    core = suite.cluster.config.makeApiClient(CoreV1Api);
    holder = await holdLease('of the contract');
  });
  afterAll(() => holder?.[Symbol.dispose]());

  const clientOf = () => kubernetesClient(suite.cluster.config, suite.namespace.name);

  /** A pod that stands for the launcher's. */
  const makeOwner = async (name: string, run: string): Promise<V1OwnerReference> => {
    const { master } = await memberTemplates(ROOT, { image, worker: WORKER, pullSecrets: [] });
    const [container] = master.spec?.containers ?? [];
    if (container === undefined) throw new Error('a template without a container');
    const { namespace } = clientOf();
    const labels = { [LABELS.role]: 'launcher', [LABELS.run]: run };
    const { metadata } = await core.createNamespacedPod({
      namespace,
      body: {
        metadata: { name, labels },
        spec: { ...master.spec, containers: [{ ...container, command: ['sleep', '600'] }] },
      },
    });
    return { apiVersion: 'v1', kind: 'Pod', name, uid: metadata?.uid ?? '', controller: true };
  };

  const providerOn = async (board: PodBoard, over: Partial<KubernetesProviderOptions> = {}) => {
    const { layout } = launchRequestFor({ layout: { javaHasVectorModule: false } });
    const pods = await memberTemplates(ROOT, { image, worker: WORKER, pullSecrets: [] });
    const program = await readFile(join(ROOT, 'dist', 'image', 'member.mjs'), 'utf8');
    return createKubernetesProvider({
      ...{ client: clientOf(), board, deadlineMs: 60_000, owner: null, app: 'etl' },
      members: { image: { layout, spark: '4.2.1' }, python: '3.11', pods },
      guard: { host: suite.cluster.own?.host ?? '127.0.0.1', port: holder.port, secret: 'of the contract', program },
      ...over,
    });
  };

  const left = async (): Promise<readonly string[]> => {
    const { namespace } = clientOf();
    const { items: pods } = await core.listNamespacedPod({ namespace, labelSelector: LABELS.cluster });
    const { items: secrets } = await core.listNamespacedSecret({ namespace, labelSelector: LABELS.cluster });
    return [...pods, ...secrets].map(({ metadata }) => metadata?.name ?? '');
  };

  let runs = 0;
  clusterProviderContract('kubernetes', async (): Promise<ProviderUnderTest> => {
    runs += 1;
    const run = `contract-${runs}`;
    const owner = await makeOwner(`launcher-${runs}`, run);
    const board = new PodBoard(clientOf(), LABELS.role, testCtx());
    const provider = await providerOn(board, { owner });
    return {
      provider,
      spec: (name) => clusterSpec({ name, worker: WORKER, owner: { run, directory: '/nowhere' } }),
      killWorker: async (name, index) => {
        const { namespace } = clientOf();
        await core.deleteNamespacedPod({ namespace, name: `${name}-worker-${index}`, gracePeriodSeconds: 0 });
      },
      left,
      [Symbol.asyncDispose]: async () => {
        for (const name of ['first', 'twice', 'half']) await provider.delete(name, testCtx());
        await core.deleteNamespacedPod({ namespace: clientOf().namespace, name: owner.name, gracePeriodSeconds: 0 });
        await board[Symbol.asyncDispose]();
      },
    };
  });

  it('gives members no more than they need, and tells nobody the secret', async () => {
    await using board = new PodBoard(clientOf(), LABELS.role, testCtx());
    const provider = await providerOn(board);
    const ctx = testCtx();
    const cluster = await provider.create(clusterSpec({ name: 'tight', worker: WORKER }), ctx);
    const { namespace } = clientOf();
    const worker = await core.readNamespacedPod({ namespace, name: 'tight-worker-1' });
    expect(worker.spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
    });
    expect(worker.spec?.containers[0]).toMatchObject({
      resources: { requests: { cpu: '250m', memory: '1Gi' }, limits: { memory: '1Gi' } },
      securityContext: {
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      },
    });
    expect(worker.metadata?.labels).toMatchObject({
      ...{ 'hibana.dev/cluster': 'tight', 'hibana.dev/role': 'worker', 'hibana.dev/index': '1' },
      'app.kubernetes.io/managed-by': 'hibana',
    });
    const master = await core.readNamespacedPod({ namespace, name: 'tight-master' });
    expect(JSON.stringify([worker, master])).not.toContain(cluster.secret ?? 'no secret');
    await provider.delete('tight', ctx);
    expect(await left()).toEqual([]);
  });

  it('goes with the pod that owns it, whoever deletes that', async () => {
    const owner = await makeOwner('launcher-owning', 'owning');
    await using board = new PodBoard(clientOf(), LABELS.role, testCtx());
    const provider = await providerOn(board, { owner });
    await provider.create(
      clusterSpec({ name: 'owned', worker: WORKER, owner: { run: 'owning', directory: '/nowhere' } }),
      testCtx(),
    );
    await core.deleteNamespacedPod({ namespace: clientOf().namespace, name: owner.name, gracePeriodSeconds: 0 });
    await until('everything to be gone', async () => (await left()).length === 0, 60_000);
  });

  it('ends by itself when its launcher is not heard of for the time of the lease', async () => {
    const board = new PodBoard(clientOf(), LABELS.role, testCtx());
    await using _ = board;
    const guard = { host: '127.0.0.1', port: 1, secret: 'nobody has it' };
    const program = await readFile(join(ROOT, 'dist', 'image', 'member.mjs'), 'utf8');
    const provider = await providerOn(board, { guard: { ...guard, program } });
    await provider.create(clusterSpec({ name: 'alone', worker: WORKER, lease: { seconds: 3 } }), testCtx());
    await until(
      'all of its pods to have ended',
      async () => {
        const { items } = await core.listNamespacedPod({
          namespace: clientOf().namespace,
          labelSelector: `${LABELS.cluster}=alone`,
        });
        return (
          items.length === 3 && items.every(({ status }) => status?.phase === 'Failed' || status?.phase === 'Succeeded')
        );
      },
      90_000,
    );
    await provider.delete('alone', testCtx());
    expect(await left()).toEqual([]);
  });

  it("leaves somebody else's pod that has its name alone", async () => {
    const { namespace } = clientOf();
    const theirs = await makeOwner('mine-master', 'theirs');
    await using board = new PodBoard(clientOf(), LABELS.role, testCtx());
    const provider = await providerOn(board);
    await expect(provider.create(clusterSpec({ name: 'mine' }), testCtx())).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    });
    await provider.delete('mine', testCtx());
    expect(await left()).toEqual([]);
    const { metadata } = await core.readNamespacedPod({ namespace, name: 'mine-master' });
    expect(metadata?.uid).toBe(theirs.uid);
    await core.deleteNamespacedPod({ namespace, name: 'mine-master', gracePeriodSeconds: 0 });
  });

  it.each([
    ['an image that is not there', 'IMAGE_PULL_FAILED', { image: '/nobody/has:this' }],
    ['more memory than any node has', 'CLUSTER_TIMEOUT', { worker: { millicores: 1_000, memoryBytes: 2 ** 50 } }],
  ] as const)('says why it does not start with %s', async (_what, code, over) => {
    await using board = new PodBoard(clientOf(), LABELS.role, testCtx());
    const { layout } = launchRequestFor({ layout: { javaHasVectorModule: false } });
    const at = 'image' in over ? `${suite.cluster.registry}${over.image}` : image;
    const worker = 'worker' in over ? over.worker : WORKER;
    const pods = await memberTemplates(ROOT, { image: at, worker, pullSecrets: [] });
    // The master is the first that is waited for.
    const resources = pods.worker.spec?.containers[0]?.resources;
    for (const container of pods.master.spec?.containers ?? []) Object.assign(container, { resources });
    const members = { image: { layout, spark: '4.2.1' }, python: '3.11', pods };
    const provider = await providerOn(board, { members, deadlineMs: 15_000 });
    const begun = performance.now();
    const failure = await provider.create(clusterSpec({ name: 'stuck' }), testCtx()).catch((error: ToolError) => error);
    expect([code, String(failure)]).toEqual([
      'code' in failure ? failure.code : null,
      expect.stringMatching('image' in over ? /not found/ : /Insufficient memory/),
    ]);
    expect(String(failure)).toMatch('image' in over ? /not found/ : /Insufficient memory/);
    expect(performance.now() - begun).toBeLessThan(20_000);
    await provider.delete('stuck', testCtx());
    expect(await left()).toEqual([]);
  });
});
