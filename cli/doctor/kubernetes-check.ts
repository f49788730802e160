import type { Ctx } from '../../runtime/core/context.ts';
import { errorMessage, ToolError } from '../../runtime/core/errors.ts';
import { type Check, findingOf, ok } from './check.ts';

/** A namespace in which runs can be made. */
export interface KubernetesFacts {
  readonly server: string;
  /** `v1.35.4` */
  readonly release: string;
  readonly namespace: string;
}

export interface KubernetesProbe {
  /** Whether somebody names a cluster: one that is named and of no use is worth a word. */
  readonly isNamed: boolean;
  /** @throws {ToolError} what keeps runs from being made there: KUBECONFIG_INVALID, KUBERNETES_…, NAMESPACE_NOT_FOUND, NOT_INSTALLED */
  facts(ctx: Ctx): Promise<KubernetesFacts>;
}

/** Whether runs can be made on the Kubernetes cluster of this user: only --platform kubernetes needs one, so that none is no failure. */
export function kubernetesCheck(probe: KubernetesProbe): Check {
  return {
    name: 'Kubernetes',
    run: async (ctx) => {
      try {
        const { server, release, namespace } = await probe.facts(ctx);
        return ok(`${release} at ${server}: runs work in the namespace "${namespace}"`);
      } catch (error) {
        ctx.signal.throwIfAborted();
        if (!(error instanceof ToolError)) throw error;
        if (probe.isNamed) return findingOf(error, 'warning');
        return ok(`no cluster; --platform kubernetes needs one (${errorMessage(error)})`);
      }
    },
  };
}
