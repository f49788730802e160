import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiException, CoreV1Api, type KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { kubeconfigOf } from '../kubernetes/certificates.ts';
import { until } from './until.ts';

/** Roles that every cluster has. */
export type BuiltInRole = 'view' | 'edit' | 'admin';

export interface TestNamespace extends AsyncDisposable {
  readonly name: string;
  /** A kubeconfig file of a user who has this role, here and nowhere else; it goes with the namespace. */
  readonly kubeconfigFor: (role: BuiltInRole) => Promise<string>;
}

const GONE_WITHIN_MS = 60_000;
const ALREADY_EXISTS = 409;

/** Makes one with a random name and these labels, whose files are in a folder below `parent`; at its end it is deleted with all that is in it. */
export async function makeNamespace(
  config: KubeConfig,
  labels: Readonly<Record<string, string>>,
  parent: string = tmpdir(),
): Promise<TestNamespace> {
  const core = config.makeApiClient(CoreV1Api);
  const name = `hibana-test-${randomBytes(4).toString('hex')}`;
  const folder = await mkdtemp(join(parent, `${name}-`));
  await core.createNamespace({ body: { metadata: { name, labels } } });
  // Without it pods are refused.
  await until('the default service account', () =>
    core.readNamespacedServiceAccount({ name: 'default', namespace: name }),
  );
  return {
    name,
    kubeconfigFor: async (role) => {
      const file = join(folder, `${role}.kubeconfig`);
      await writeFile(file, JSON.stringify(await makeUser(config, name, role)), { mode: 0o600 });
      return file;
    },
    [Symbol.asyncDispose]: async () => {
      await rm(folder, { recursive: true, force: true });
      await deleteNamespace(core, name);
    },
  };
}

/** A service account: the one kind of user that can be made through the API, on every cluster. */
async function makeUser(config: KubeConfig, namespace: string, role: BuiltInRole): Promise<object> {
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const name = `${role}-user`;
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } }).catch(unlessThere);
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role };
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const body = { metadata: { name }, roleRef, subjects };
  await rbac.createNamespacedRoleBinding({ namespace, body }).catch(unlessThere);
  const spec = { audiences: [], expirationSeconds: 24 * 60 * 60 };
  const { status } = await core.createNamespacedServiceAccountToken({ namespace, name, body: { spec } });
  const { server, caData, caFile, skipTLSVerify } = config.getCurrentCluster() ?? {};
  const cluster = {
    ...{ server, 'certificate-authority-data': caData, 'certificate-authority': caFile },
    ...(skipTLSVerify && { 'insecure-skip-tls-verify': true }),
  };
  return kubeconfigOf(cluster, { token: status?.token }, name, namespace);
}

function unlessThere(error: unknown): void {
  if (!(error instanceof ApiException && error.code === ALREADY_EXISTS)) throw error;
}

/** Resolves when nothing runs in it. Where it is empty, its name goes seconds later: its controller waits for 5 s first. */
async function deleteNamespace(core: CoreV1Api, namespace: string): Promise<void> {
  // First, so that no pod comes in the place of one that goes.
  await core.deleteNamespace({ name: namespace });
  // Pods of tests seldom end when they are asked to.
  await core.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 1 });
  const isEmpty = async (): Promise<boolean> => (await core.listNamespacedPod({ namespace })).items.length === 0;
  await until(`the pods of ${namespace} to be gone`, isEmpty, GONE_WITHIN_MS);
}
