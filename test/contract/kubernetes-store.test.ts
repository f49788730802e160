import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { beforeAll, expect, it } from 'vitest';
import { createKubernetesStore } from '../../cli/deploy/kubernetes/kubernetes-store.ts';
import { kubernetesClient } from '../../runtime/platform/kubernetes/kubernetes-client.ts';
import { testCtx } from '../helpers/ctx.ts';
import { revisionFor, runFor } from '../helpers/deployment-records.ts';
import { hasKubernetes, kubernetesSuite } from '../helpers/kubernetes.ts';
import { describeWith } from '../helpers/requires.ts';
import { deploymentStoreContract } from './deployment-store.ts';

describeWith('kubernetes', hasKubernetes())('records on Kubernetes', () => {
  const suite = kubernetesSuite();
  let config: KubeConfig;
  beforeAll(async () => {
    config = new KubeConfig();
    // With the rights of whoever deploys, and no more.
    config.loadFromFile(await suite.namespace.kubeconfigFor('edit'));
  });
  const again = () => createKubernetesStore(kubernetesClient(config, suite.namespace.name), testCtx());

  deploymentStoreContract('kubernetes', async () => {
    const store = again();
    const dispose = async (): Promise<void> => {
      for (const name of ['etl', 'etl-2']) await store.delete(name);
    };
    return { store, again, [Symbol.asyncDispose]: dispose };
  });

  it('keeps what may be secret in Secrets, and refuses the record of a newer hibana by name', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const namespace = suite.namespace.name;
    const store = again();
    await store.put(revisionFor(), 'new');
    await store.put(runFor(), 'new');
    const { data } = await core.readNamespacedSecret({ namespace, name: 'hibana.etl.v1' });
    const record = JSON.parse(Buffer.from(data?.record ?? '', 'base64').toString());
    expect(record).toEqual(revisionFor());
    const newer = JSON.stringify({ ...record, schema: 'hibana.revision/v2' });
    const body = [{ op: 'replace', path: '/data/record', value: Buffer.from(newer).toString('base64') }];
    await core.patchNamespacedSecret({ namespace, name: 'hibana.etl.v1', body });
    await expect(Array.fromAsync(store.revisions('etl'))).rejects.toMatchObject({
      code: 'RECORD_UNREADABLE',
      message: expect.stringMatching(/hibana\.etl\.v1.*revision\/v2/),
    });
    await store.delete('etl');
    expect(await store.names()).toEqual([]);
  });
});
