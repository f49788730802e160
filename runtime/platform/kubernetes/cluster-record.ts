import type { V1Pod } from '@kubernetes/client-node';
import * as z from 'zod/mini';
import type { Cluster, ClusterSpec } from '../../core/cluster.ts';
import { LABELS } from '../../core/labels.ts';
import { PORTS } from '../container/member-command.ts';
import { hasEnded, isEnding } from './pod-state.ts';

/** What another process needs to know of a cluster: an annotation of its master. There is no other record of it. */
const DescriptionSchema = z.object({
  version: z.literal(1),
  workers: z.number(),
  worker: z.object({ millicores: z.number(), memoryBytes: z.number() }),
  conf: z.record(z.string(), z.string()),
  isShared: z.boolean(),
  spark: z.string(),
  python: z.nullable(z.string()),
});

export interface ClusterDescription {
  readonly workers: number;
  readonly worker: ClusterSpec['worker'];
  readonly conf: ClusterSpec['conf'];
  readonly isShared: boolean;
  /** An exact release. */
  readonly spark: string;
  readonly python: string | null;
}

export function formatDescription(description: ClusterDescription): string {
  return JSON.stringify({ version: 1, ...description });
}

/** `undefined` for one of another version of hibana. */
export function parseDescription(text: string | undefined): ClusterDescription | undefined {
  try {
    const { version: _one, ...description } = DescriptionSchema.parse(JSON.parse(text ?? ''));
    return description;
  } catch {
    return undefined;
  }
}

/** What there is of a cluster: every pod of it, in whatever state. */
export interface ClusterRecord {
  readonly name: string;
  readonly run: string | null;
  readonly master: V1Pod | undefined;
  /** The lowest number first. */
  readonly workers: readonly V1Pod[];
  readonly description: ClusterDescription | undefined;
}

/** One for each cluster of which there is a member. */
export function recordsOf(pods: readonly V1Pod[]): readonly ClusterRecord[] {
  const members = pods.filter((pod) => MEMBERS.includes(labelOf(pod, LABELS.role) ?? ''));
  const names = [...new Set(members.map((pod) => labelOf(pod, LABELS.cluster) ?? ''))].toSorted();
  return names.map((name) => {
    const own = members.filter((pod) => labelOf(pod, LABELS.cluster) === name);
    const master = own.find((pod) => labelOf(pod, LABELS.role) === 'master');
    const workers = own.filter((pod) => labelOf(pod, LABELS.role) === 'worker').toSorted(byIndex);
    const run = (own[0] && labelOf(own[0], LABELS.run)) ?? null;
    const description = parseDescription(master?.metadata?.annotations?.[LABELS.description]);
    return { name, run, master, workers, description };
  });
}

const MEMBERS = ['master', 'worker'];

export function labelOf({ metadata }: V1Pod, label: string): string | undefined {
  return metadata?.labels?.[label];
}

export function indexOf(pod: V1Pod): number {
  return Number(labelOf(pod, LABELS.index) ?? 0);
}

function byIndex(a: V1Pod, b: V1Pod): number {
  return indexOf(a) - indexOf(b);
}

/** Whether it is one of those that a cluster has, or will have in a moment. */
export function counts(pod: V1Pod): boolean {
  return !hasEnded(pod) && !isEnding(pod);
}

export interface MasterPlace {
  readonly name: string;
  readonly address: string;
  readonly secret: string | null;
  readonly spark: string;
}

export function clusterAt({ name, address, secret, spark }: MasterPlace): Cluster {
  // Addresses of version 6 are in brackets in URLs.
  const host = address.includes(':') ? `[${address}]` : address;
  const [master, webUi] = [`spark://${host}:${PORTS.rpc}`, `http://${host}:${PORTS.webUi}`];
  return { name, master, webUi, secret, spark };
}

/** What the objects of a cluster are called: `etl-1-master`, `etl-1-worker-2`, `etl-1-cluster`. */
export function memberName(cluster: string, role: 'master' | 'worker', index: number): string {
  return role === 'master' ? `${cluster}-master` : `${cluster}-worker-${index}`;
}

export function secretName(cluster: string): string {
  return `${cluster}-cluster`;
}

/** The keys of a cluster's Secret. */
export const SECRET_KEY = { auth: 'auth', lease: 'lease', program: 'launcher.mjs' } as const;
