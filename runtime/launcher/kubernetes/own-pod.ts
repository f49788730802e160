import type { V1OwnerReference } from '@kubernetes/client-node';

/** The pod that the launcher is in, as the downward API tells it. */
export interface OwnPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly address: string;
}

export function podFrom(env: Readonly<Record<string, string | undefined>>): OwnPod {
  const { HIBANA_NAMESPACE: namespace, HIBANA_POD: name, HIBANA_POD_UID: uid, HIBANA_POD_IP: address } = env;
  if (!namespace || !name || !uid || !address) throw new Error('this is not the pod of a run');
  return { namespace, name, uid, address };
}

/** With the pod goes what it owns. As its controller, so that a node can be drained of what it has made. */
export function ownerIn({ name, uid }: OwnPod): V1OwnerReference {
  return { apiVersion: 'v1', kind: 'Pod', name, uid, controller: true, blockOwnerDeletion: false };
}
