import type { BlobArrival } from '../image/image-store.ts';
import type { LayerKind } from '../image/layer-source.ts';
import { NO_TRAFFIC, type Traffic } from '../image/pack/traffic.ts';
import type { PackedLayer } from '../image/pack-image.ts';
import type { AttachedSbom } from './sbom/attach-sboms.ts';

/** A layer of ours in an image. */
export interface BuiltLayer {
  readonly kind: LayerKind;
  readonly digest: string;
  readonly diffId: string;
  /** Compressed. */
  readonly bytes: number;
  /** Whether it was made now, or an image had it; `null` where nothing was to be done. */
  readonly origin: PackedLayer['origin'] | null;
  /** `null` where nothing was to be done; in a dry run, where it would be uploaded. */
  readonly arrival: BlobArrival | null;
}

/** The image for one kind of machine. */
export interface BuiltPlatform {
  /** `amd64` */
  readonly platform: string;
  readonly digest: string;
  readonly layers: readonly BuiltLayer[];
  /** What was attached to it now, if anything was. */
  readonly sbom: AttachedSbom | null;
}

/** What a build came to. */
export interface BuildResult {
  /** Of the image, or of its index. */
  readonly digest: string;
  /** Whether the image is one that was not there. */
  readonly changed: boolean;
  /** Why nothing was made: the same `request`, the same `content`; `null` where something was. */
  readonly unchanged: 'request' | 'content' | null;
  /** The tags that were written now. */
  readonly written: readonly string[];
  readonly commit: string | null;
  readonly builder: { readonly name: string | null; readonly digest: string | null };
  readonly keys: { readonly request: string | null; readonly plan: string | null };
  readonly platforms: readonly BuiltPlatform[];
  readonly traffic: Traffic;
}

/** In a dry run nobody asks whether a layer is there: what an image of the destination has is, what was made would be uploaded. */
export function builtLayer({ kind, digest, diffId, bytes, origin, arrival }: PackedLayer, isDry: boolean): BuiltLayer {
  const isThere = origin === 'key' || origin === 'content';
  return { kind, digest, diffId, bytes, origin, arrival: isDry ? (isThere ? 'present' : null) : arrival };
}

export function sumTraffic(all: readonly Traffic[]): Traffic {
  return all.reduce(
    (sum, one) => ({
      hashedBytes: sum.hashedBytes + one.hashedBytes,
      compressedBytes: sum.compressedBytes + one.compressedBytes,
      uploadedBytes: sum.uploadedBytes + one.uploadedBytes,
      mountedBytes: sum.mountedBytes + one.mountedBytes,
      reusedBytes: sum.reusedBytes + one.reusedBytes,
    }),
    NO_TRAFFIC,
  );
}
