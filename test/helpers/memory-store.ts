import { Readable } from 'node:stream';
import type { Descriptor } from '../../cli/image/descriptor.ts';
import { digestOf } from '../../cli/image/digest.ts';
import type { BlobArrival, BlobSource, ImageStore, StoredManifest } from '../../cli/image/image-store.ts';
import { renderManifest } from '../../cli/image/manifest.ts';
import { MEDIA_TYPES } from '../../cli/image/media-types.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { formatImageRef } from '../../runtime/core/image-ref.ts';

/** A store that keeps everything in memory, refuses what a registry would refuse, and counts what is written to it. */
export class MemoryStore implements ImageStore {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, StoredManifest>();
  readonly tags = new Map<string, string>();
  /** What was written, in order: `blob sha256:…`, `mount sha256:…`, `manifest sha256:… v1,v2`. */
  readonly writes: string[] = [];
  readonly mountable = new Map<string, ReadonlyMap<string, Buffer>>();

  async manifest(reference: string): Promise<StoredManifest | undefined> {
    return this.manifests.get(this.tags.get(reference) ?? reference);
  }

  async resolve(reference: string): Promise<string | undefined> {
    return this.tags.get(reference) ?? (this.manifests.has(reference) ? reference : undefined);
  }

  async blob(descriptor: Descriptor): Promise<Readable> {
    const bytes = this.blobs.get(descriptor.digest);
    if (!bytes) throw new Error(`There is no blob ${descriptor.digest}`);
    return Readable.from([bytes]);
  }

  async putBlob({ descriptor, open, mountFrom }: BlobSource, ctx: Ctx): Promise<BlobArrival> {
    ctx.signal.throwIfAborted();
    if (this.blobs.has(descriptor.digest)) return 'present';
    const mounted = mountFrom && this.mountable.get(formatImageRef(mountFrom))?.get(descriptor.digest);
    if (mounted) {
      this.blobs.set(descriptor.digest, mounted);
      this.writes.push(`mount ${descriptor.digest}`);
      return 'mounted';
    }
    const chunks: Buffer[] = [];
    for await (const chunk of await open(ctx)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (digestOf(bytes) !== descriptor.digest || bytes.length !== descriptor.size) throw new Error('Wrong digest');
    this.blobs.set(descriptor.digest, bytes);
    this.writes.push(`blob ${descriptor.digest}`);
    return 'uploaded';
  }

  async putManifest(stored: StoredManifest, tags: readonly string[]): Promise<Descriptor> {
    const { config, layers = [], manifests = [] } = JSON.parse(Buffer.from(stored.bytes).toString());
    const named = config ? [config, ...layers.filter(({ urls }: Descriptor) => !urls)] : [];
    for (const { digest } of named) if (!this.blobs.has(digest)) throw new Error(`Unknown blob ${digest}`);
    for (const { digest } of manifests) if (!this.manifests.has(digest)) throw new Error(`Unknown manifest ${digest}`);
    this.manifests.set(stored.descriptor.digest, stored);
    for (const tag of tags) this.tags.set(tag, stored.descriptor.digest);
    this.writes.push(`manifest ${stored.descriptor.digest} ${tags.join(',')}`);
    return stored.descriptor;
  }

  addBlob(bytes: Buffer, mediaType: string): Descriptor {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** Puts any JSON there as a manifest, and gives its digest. */
  addManifest(document: object, mediaType: string, ...tags: readonly string[]): Descriptor {
    const bytes = Buffer.from(JSON.stringify(document));
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    this.manifests.set(descriptor.digest, { descriptor, bytes });
    for (const tag of tags) this.tags.set(tag, descriptor.digest);
    return descriptor;
  }

  /** An image of one layer with arbitrary bytes, which nobody unpacks. */
  addImage(tag: string, platform: object, family: 'oci' | 'docker' = 'oci', content = 'layer'): Descriptor {
    const types = MEDIA_TYPES[family];
    const layer = this.addBlob(Buffer.from(content), types.layer);
    const image = { ...platform, config: {}, rootfs: { type: 'layers', diff_ids: [digestOf(`diff of ${content}`)] } };
    const config = this.addBlob(Buffer.from(JSON.stringify(image)), types.config);
    const manifest = renderManifest({ schemaVersion: 2, mediaType: types.manifest, config, layers: [layer] });
    this.manifests.set(manifest.descriptor.digest, manifest);
    this.tags.set(tag, manifest.descriptor.digest);
    return manifest.descriptor;
  }
}
