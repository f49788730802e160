import { CoreV1Api, type KubeConfig, type V1Container, type V1Pod, type V1PodSpec } from '@kubernetes/client-node';
import { until } from './until.ts';

/** Pods of a test, in one namespace: of an image with a shell, with the least that Pod Security `restricted` asks for. */
export interface TestPods {
  /** A container that runs a script. */
  readonly container: (name: string, script: string, more?: Partial<V1Container>) => V1Container;
  /** A pod of one container, `main`. */
  readonly spec: (script: string, more?: Partial<V1Container>) => V1PodSpec;
  readonly create: (name: string, spec: V1PodSpec, metadata?: V1Pod['metadata']) => Promise<V1Pod>;
  readonly read: (name: string) => Promise<V1Pod>;
  readonly untilRunning: (name: string) => Promise<V1Pod>;
  /** Waits until it has ended: how `main` did. */
  readonly end: (name: string) => Promise<{ readonly exitCode: number; readonly reason?: string }>;
  readonly log: (name: string, container?: string) => Promise<string>;
}

export function podsIn(config: KubeConfig, namespace: string, image: string): TestPods {
  const core = config.makeApiClient(CoreV1Api);
  const container: TestPods['container'] = (name, script, more = {}) => ({
    ...{ name, image, command: ['sh', '-c', script] },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    ...more,
  });
  const read = (name: string) => core.readNamespacedPod({ namespace, name });
  const inPhase = (name: string, phases: readonly string[]) =>
    until(`the pod "${name}" to be ${phases.join(' or ')}`, async () => {
      const pod = await read(name);
      return phases.includes(pod.status?.phase ?? '') && pod;
    });
  return {
    ...{ container, read },
    spec: (script, more) => ({
      ...{ restartPolicy: 'Never', terminationGracePeriodSeconds: 1 },
      securityContext: { runAsNonRoot: true, runAsUser: 1001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container('main', script, more)],
    }),
    create: (name, spec, metadata = {}) =>
      core.createNamespacedPod({ namespace, body: { metadata: { name, labels: { app: name }, ...metadata }, spec } }),
    untilRunning: (name) => inPhase(name, ['Running']),
    end: async (name) => {
      const { status } = await inPhase(name, ['Succeeded', 'Failed']);
      const terminated = status?.containerStatuses?.find((one) => one.name === 'main')?.state?.terminated;
      if (terminated === undefined)
        throw new Error(`The pod "${name}" ended without its container: ${status?.message}`);
      return terminated;
    },
    log: (name, of = 'main') => core.readNamespacedPodLog({ namespace, name, container: of }),
  };
}
