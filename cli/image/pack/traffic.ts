import prettyBytes from 'pretty-bytes';
import type { BlobArrival, BlobSource } from '../image-store.ts';
import type { MadeLayer } from './make-layer.ts';

/** Bytes, by what was done with them. */
export interface Traffic {
  /** Of archives: read, and hashed. */
  readonly hashedBytes: number;
  /** What compressing gave. */
  readonly compressedBytes: number;
  readonly uploadedBytes: number;
  /** Taken by the registry from another of its repositories. */
  readonly mountedBytes: number;
  /** There before. */
  readonly reusedBytes: number;
}

export const NO_TRAFFIC: Traffic = {
  hashedBytes: 0,
  compressedBytes: 0,
  uploadedBytes: 0,
  mountedBytes: 0,
  reusedBytes: 0,
};

export interface Arrived {
  readonly made: readonly MadeLayer[];
  /** Also those of the base, and the configuration. */
  readonly blobs: readonly BlobSource[];
  readonly arrivalOf: (digest: string) => BlobArrival;
}

export function trafficOf({ made, blobs, arrivalOf }: Arrived): Traffic {
  const sizes = new Map(blobs.map(({ descriptor }) => [descriptor.digest, descriptor.size]));
  const bytesOf = (arrival: BlobArrival) =>
    sum([...sizes].map(([digest, size]) => (arrivalOf(digest) === arrival ? size : 0)));
  return {
    hashedBytes: sum(made.map(({ tarBytes }) => tarBytes)),
    compressedBytes: sum(made.map(compressedBytes)),
    uploadedBytes: bytesOf('uploaded'),
    mountedBytes: bytesOf('mounted'),
    reusedBytes: bytesOf('present'),
  };
}

/** `2 made (12.3 MB), 3 reused`. */
export function describeMaking(layers: readonly MadeLayer[]): string {
  const made = layers.filter(({ origin }) => origin === 'made');
  const bytes = sum(made.map(compressedBytes));
  const parts = [
    made.length > 0 ? `${made.length} made (${prettyBytes(bytes)})` : '',
    made.length < layers.length ? `${layers.length - made.length} reused` : '',
  ].filter((part) => part !== '');
  return parts.join(', ') || 'none';
}

/** `12.3 MB uploaded, 45 MB mounted, 3 MB there`, or that nothing changed. */
export function describePush({ traffic, tagsWritten, isNew }: PushFacts): string {
  if (!isNew && tagsWritten.length === 0) return 'unchanged';
  const parts = [
    `${prettyBytes(traffic.uploadedBytes)} uploaded`,
    traffic.mountedBytes > 0 ? `${prettyBytes(traffic.mountedBytes)} mounted` : '',
    traffic.reusedBytes > 0 ? `${prettyBytes(traffic.reusedBytes)} there` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

interface PushFacts {
  readonly traffic: Traffic;
  readonly tagsWritten: readonly string[];
  readonly isNew: boolean;
}

function compressedBytes({ origin, layer }: MadeLayer): number {
  return origin === 'made' ? layer.descriptor.size : 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
