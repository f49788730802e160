import { BatchV1Api, CoreV1Api, type KubeConfig } from '@kubernetes/client-node';

/** One namespace of one cluster, as somebody sees it. */
export interface KubernetesClient {
  readonly config: KubeConfig;
  readonly namespace: string;
  readonly core: CoreV1Api;
  readonly batch: BatchV1Api;
}

/** Nothing is asked yet. */
export function kubernetesClient(config: KubeConfig, namespace: string): KubernetesClient {
  return { config, namespace, core: config.makeApiClient(CoreV1Api), batch: config.makeApiClient(BatchV1Api) };
}
