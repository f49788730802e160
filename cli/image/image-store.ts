import type { Readable } from 'node:stream';
import type { Ctx } from '../../runtime/core/context.ts';
import type { ImageRef } from '../../runtime/core/image-ref.ts';
import type { Descriptor } from './descriptor.ts';

/** A manifest or an index as it is kept: its digest is that of these bytes. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** A blob that an image needs at its destination. */
export interface BlobSource {
  readonly descriptor: Descriptor;
  /** Called once an attempt, and only if the destination lacks the blob. */
  readonly open: (ctx: Ctx) => Promise<Readable>;
  /** For a store that only says what would be: the blob counts as sent, and is not opened. */
  readonly markSent?: () => void;
  /** A repository that has it: a registry may take it from there without a byte sent. */
  readonly mountFrom?: ImageRef;
}

/** How a blob came to be at a destination. */
export type BlobArrival = 'present' | 'mounted' | 'uploaded';

/** One repository's worth of images: in a registry, or an OCI layout on disk. */
export interface ImageStore {
  /** By tag or digest; `undefined` when it is not there. What comes by digest has that digest.
   *  @throws {ToolError} REGISTRY_UNREACHABLE, REGISTRY_AUTH, DIGEST_MISMATCH, MANIFEST_UNSUPPORTED (schema 1) */
  manifest(reference: string, ctx: Ctx): Promise<StoredManifest | undefined>;
  /** The bytes of a blob; the stream fails at its end if they are not those of the digest. */
  blob(descriptor: Descriptor, ctx: Ctx): Promise<Readable>;
  /** Resolves when the blob is there. What is cut is tried again, bounded; nothing half-made stays. */
  putBlob(blob: BlobSource, ctx: Ctx): Promise<BlobArrival>;
  /** Resolves with what was stored, under its digest and each tag. All that it names must be there. */
  putManifest(manifest: StoredManifest, tags: readonly string[], ctx: Ctx): Promise<Descriptor>;
  /** Whether a tag or digest is there, for one request: its digest, or `undefined`. */
  resolve(reference: string, ctx: Ctx): Promise<string | undefined>;
}
