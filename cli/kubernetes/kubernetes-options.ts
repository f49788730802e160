import type { OptionTable } from '../command-line/options.ts';

/** Which cluster, and where in it. */
export const KUBERNETES_OPTIONS = {
  namespace: {
    type: 'value',
    value: 'NAMESPACE',
    alias: 'n',
    summary: 'On Kubernetes: the namespace (default that of the context)',
  },
  context: {
    type: 'value',
    value: 'CONTEXT',
    summary: 'On Kubernetes: a context of the kubeconfig (default the current one)',
  },
  kubeconfig: {
    type: 'value',
    value: 'FILE',
    summary: 'On Kubernetes: the file that says where the cluster is (default KUBECONFIG, ~/.kube/config)',
  },
} as const satisfies OptionTable;

/** What a run there is told besides. */
export const KUBERNETES_RUN_OPTIONS = {
  image: {
    type: 'value',
    value: 'IMAGE',
    summary:
      'On Kubernetes: where the image of a source is pushed, registry.example/team/app, from where nodes take it',
  },
  'pull-secret': {
    type: 'list',
    value: 'NAME',
    summary: 'On Kubernetes: a Secret of the namespace by which nodes log in to the registry; again for another',
  },
} as const satisfies OptionTable;
