import type { V1Pod } from '@kubernetes/client-node';
import * as z from 'zod/mini';
import type { ImageSparkConf } from '../container/prepare-driver.ts';
import type { MemberPods } from './member-pods.ts';

/** What a launcher on Kubernetes needs beside its request: what the pods of the cluster are made of, as they were rendered. */
export interface KubernetesPlace {
  readonly members: MemberPods;
  /** `3.12`; `null` where that is not known. */
  readonly python: string | null;
  readonly sparkConf: ImageSparkConf;
}

/** Whoever renders them has them checked by the API server: here they are only passed on. */
const PodSchema = z.custom<V1Pod>((value) => typeof value === 'object' && value !== null && 'spec' in value);

const PlaceSchema = z.object({
  version: z.literal(1),
  members: z.object({ master: PodSchema, worker: PodSchema }),
  python: z.nullable(z.string()),
  sparkConf: z.object({
    folder: z.nullable(z.string()),
    defaults: z.record(z.string(), z.string()),
    hasLog4j: z.boolean(),
  }),
});

export function formatKubernetesPlace(place: KubernetesPlace): string {
  return JSON.stringify({ version: 1, ...place });
}

/** @throws when the text is not that of a version this one knows */
export function parseKubernetesPlace(text: string): KubernetesPlace {
  const { version: _one, ...place } = PlaceSchema.parse(JSON.parse(text));
  return place;
}

/** Where things are in the pod of a run. */
export const POD_PATHS = { request: '/request/request.json', place: '/request/place.json', lease: '/lease' } as const;
/** The containers of that pod. */
export const LAUNCHER_CONTAINER = 'launcher';
export const DRIVER_CONTAINER = 'driver';
