import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { errorMessage, ToolError } from '../../runtime/core/errors.ts';
import type { KubernetesClient } from '../../runtime/platform/kubernetes/kubernetes-client.ts';
import type { Environment } from '../config/settings.ts';

export interface KubernetesFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
}

export interface KubernetesEdges {
  readonly env: Environment;
  readonly home: string;
  readonly cwd: string;
}

/** In every pod that has a token. */
const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The cluster that somebody means: by --kubeconfig, KUBECONFIG, ~/.kube/config, or the one that this program runs in; and the namespace, by --namespace,
 *  else by the context, else `default`. Nothing is asked yet.
 *  @throws {ToolError} KUBECONFIG_INVALID */
export async function openKubernetes(flags: KubernetesFlags, edges: KubernetesEdges): Promise<KubernetesClient> {
  // Its client is loaded only here: it is larger than all else.
  const [{ KubeConfig }, { kubernetesClient }] = await Promise.all([
    import('@kubernetes/client-node'),
    import('../../runtime/platform/kubernetes/kubernetes-client.ts'),
  ]);
  const config = new KubeConfig();
  const files = filesFrom(flags, edges);
  try {
    if (files.length > 0) load(config, KubeConfig, files);
    else if (existsSync(POD_TOKEN)) config.loadFromCluster();
    else throw new ToolError('KUBECONFIG_INVALID', 'Cannot find a Kubernetes cluster: there is no kubeconfig');
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError('KUBECONFIG_INVALID', `Cannot read ${files.join(delimiter)}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  const { context } = flags;
  if (context !== undefined) {
    if (config.getContextObject(context) === null) {
      const names = config.getContexts().map(({ name }) => name);
      throw new ToolError('KUBECONFIG_INVALID', `Cannot use the context "${context}": there is ${names.join(', ')}`);
    }
    config.setCurrentContext(context);
  }
  if (config.getCurrentCluster() === null) {
    throw new ToolError('KUBECONFIG_INVALID', 'Cannot use the kubeconfig: it has no current context with a cluster');
  }
  const named = config.getContextObject(config.getCurrentContext())?.namespace;
  return kubernetesClient(config, flags.namespace ?? named ?? 'default');
}

function filesFrom({ kubeconfig }: KubernetesFlags, { env, home, cwd }: KubernetesEdges): readonly string[] {
  if (kubeconfig !== undefined) return [resolve(cwd, kubeconfig)];
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return named;
  const usual = join(home, '.kube', 'config');
  return existsSync(usual) ? [usual] : [];
}

/** Of several, the first that has something counts, as for kubectl; those that are not there are none. */
function load(config: KubeConfig, KubeConfigOf: new () => KubeConfig, files: readonly string[]): void {
  const [first, ...more] = files.length === 1 ? files : files.filter((file) => existsSync(file));
  if (first === undefined) throw new Error('none of these files is there');
  config.loadFromFile(first);
  for (const file of more) {
    const next = new KubeConfigOf();
    next.loadFromFile(file);
    config.mergeConfig(next, true);
  }
}
