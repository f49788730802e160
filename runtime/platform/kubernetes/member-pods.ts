import type { V1Container, V1OwnerReference, V1Pod } from '@kubernetes/client-node';
import type { MemberRole } from '../../core/events.ts';

/** A pod of a cluster as it was rendered: all of it that does not depend on the launch, with one container that has the name of the role. */
export type PodTemplate = V1Pod;

export interface MemberPods {
  readonly master: PodTemplate;
  readonly worker: PodTemplate;
}

export interface MemberPod {
  readonly role: MemberRole;
  readonly name: string;
  readonly template: PodTemplate;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** `null`: nobody's, it outlives every launcher. */
  readonly owner: V1OwnerReference | null;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variables by the key of the cluster's Secret that has their value. */
  readonly secretEnv: Readonly<Record<string, string>>;
  readonly secret: string;
  /** Where the whole Secret is seen as files; `null`: nowhere. */
  readonly secretFolder: { readonly path: string; readonly keys: readonly string[] } | null;
}

/** The pod that is asked for. What its template says of its container (resources, mounts, variables) stays. */
export function memberPod(member: MemberPod): V1Pod {
  const { role, name, template, labels, annotations, owner, secret, secretFolder } = member;
  const { metadata = {}, spec } = template;
  if (spec === undefined) throw new Error(`the template of a ${role} has no spec`);
  const volume = { name: 'hibana-member', secret: { secretName: secret, items: itemsOf(secretFolder?.keys ?? []) } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      name,
      labels: { ...metadata.labels, ...labels },
      annotations: { ...metadata.annotations, ...annotations },
      ...(owner === null ? {} : { ownerReferences: [owner] }),
    },
    spec: {
      ...spec,
      containers: spec.containers.map((container) =>
        container.name === role ? withProgram(container, member) : container,
      ),
      ...(secretFolder === null ? {} : { volumes: [...(spec.volumes ?? []), volume] }),
    },
  };
}

function itemsOf(keys: readonly string[]) {
  return keys.map((key) => ({ key, path: key }));
}

function withProgram(
  container: V1Container,
  { command, env, secretEnv, secret, secretFolder }: MemberPod,
): V1Container {
  const own = [
    ...Object.entries(env).map(([name, value]) => ({ name, value: literal(value) })),
    ...Object.entries(secretEnv).map(([name, key]) => ({ name, valueFrom: { secretKeyRef: { name: secret, key } } })),
  ];
  const names = new Set(own.map(({ name }) => name));
  const mount = { name: 'hibana-member', mountPath: secretFolder?.path ?? '', readOnly: true };
  return {
    ...container,
    command: command.map(literal),
    env: [...(container.env ?? []).filter(({ name }) => !names.has(name)), ...own],
    ...(secretFolder === null ? {} : { volumeMounts: [...(container.volumeMounts ?? []), mount] }),
  };
}

/** So that the kubelet reads a text as it is. Source: `$(VAR)` and `$$` in "Define Dependent Environment Variables" of Kubernetes. */
export function literal(text: string): string {
  return text.replaceAll('$', () => '$$');
}
