import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesEdges, KubernetesFlags } from '../kubernetes/open-kubernetes.ts';
import type { KubernetesProbe } from './kubernetes-check.ts';

/** The cluster and namespace that commands would use. Its client is loaded when it is asked, and only where a file names a cluster. */
export function kubernetesProbe(flags: KubernetesFlags, edges: KubernetesEdges): KubernetesProbe {
  const isSaid = flags.kubeconfig !== undefined || (edges.env.KUBECONFIG ?? '') !== '';
  return {
    isNamed: isSaid || existsSync(join(edges.home, '.kube', 'config')),
    facts: async () => {
      const [{ openKubernetes }, { checkNamespace }, { VersionApi }] = await Promise.all([
        import('../kubernetes/open-kubernetes.ts'),
        import('../kubernetes/check-namespace.ts'),
        import('@kubernetes/client-node'),
      ]);
      const client = await openKubernetes(flags, edges);
      await checkNamespace(client);
      const { gitVersion } = await client.config.makeApiClient(VersionApi).getCode();
      const server = client.config.getCurrentCluster()?.server ?? '';
      return { server, release: gitVersion, namespace: client.namespace };
    },
  };
}
