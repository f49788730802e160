import { type KubeConfig, type KubernetesObject, KubernetesObjectApi } from '@kubernetes/client-node';
import type { Addresses } from './addresses.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** What a cluster has to have before its parts work: the API server's right to ask the kubelet, and the service of names. */
export async function createFirstObjects(config: KubeConfig, addresses: Addresses): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(config);
  await Promise.all(firstObjects(addresses).map((object) => api.create(object)));
}

function firstObjects({ dnsService, node }: Addresses): readonly KubernetesObject[] {
  const ports = ['UDP', 'TCP'].map((protocol) => ({ name: `dns-${protocol.toLowerCase()}`, port: 53, protocol }));
  const dns = { name: 'kube-dns', namespace: 'kube-system' };
  const rule = (apiGroups: string, resources: readonly string[]) => {
    return { apiGroups: [apiGroups], resources, verbs: ['list', 'watch'] };
  };
  const rules = [rule('', ['services', 'pods', 'namespaces']), rule('discovery.k8s.io', ['endpointslices'])];
  return [
    binding('apiserver-kubelet', 'system:kubelet-api-admin', 'apiserver-kubelet'),
    object(`${RBAC}/v1`, 'ClusterRole', { name: 'coredns' }, { rules }),
    binding('coredns', 'coredns', 'system:coredns'),
    object('v1', 'Service', dns, { spec: { clusterIP: dnsService, ports } }),
    object(
      'discovery.k8s.io/v1',
      'EndpointSlice',
      { ...dns, labels: { 'kubernetes.io/service-name': dns.name } },
      { addressType: 'IPv4', endpoints: [{ addresses: [node], conditions: { ready: true } }], ports },
    ),
  ];
}

function binding(name: string, role: string, user: string): KubernetesObject {
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: role };
  const subjects = [{ apiGroup: RBAC, kind: 'User', name: user }];
  return object(`${RBAC}/v1`, 'ClusterRoleBinding', { name }, { roleRef, subjects });
}

function object(
  apiVersion: string,
  kind: string,
  metadata: NonNullable<KubernetesObject['metadata']>,
  content: object,
): KubernetesObject {
  return { apiVersion, kind, metadata, ...content };
}
