import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Descriptor } from '../../cli/image/descriptor.ts';
import { digestOf } from '../../cli/image/digest.ts';
import type { BlobSource, ImageStore, StoredManifest } from '../../cli/image/image-store.ts';
import { renderManifest } from '../../cli/image/manifest.ts';
import { MEDIA_TYPES, type MediaTypeFamily } from '../../cli/image/media-types.ts';
import { testCtx } from '../helpers/ctx.ts';

/** What a suite needs of the store under test. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ImageStore;
  /** Half-made things that are still there: begun uploads, temporary files, in words. */
  readonly left: () => Promise<readonly string[]>;
}

const LARGE_BYTES = 20 * 1_024 * 1_024;
const CHUNK_BYTES = 64 * 1_024;

/** What every ImageStore promises: a registry, a layout on disk, a fake. */
export function imageStoreContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`ImageStore: ${name}`, () => {
    it.each(['oci', 'docker'] as const)(
      'keeps an image of the family %s, by its digest and each tag',
      async (family) => {
        await using tested = await start();
        const { store } = tested;
        const ctx = testCtx();
        const { blobs, manifest } = image(family, family);
        for (const blob of blobs) expect(await store.putBlob(blob, ctx)).toBe('uploaded');
        for (const blob of blobs) expect(await store.putBlob(blob, ctx)).toBe('present');
        const { digest } = manifest.descriptor;
        expect(await store.putManifest(manifest, [`${family}-1`, `${family}-2`], ctx)).toMatchObject(
          manifest.descriptor,
        );
        for (const reference of [`${family}-1`, `${family}-2`, digest]) {
          expect(await store.resolve(reference, ctx)).toBe(digest);
          const found = await store.manifest(reference, ctx);
          expect(found?.descriptor).toMatchObject(manifest.descriptor);
          expect(digestOf(found?.bytes ?? '')).toBe(digest);
        }
        for (const { descriptor } of blobs) {
          expect(digestOf(await buffer(await store.blob(descriptor, ctx)))).toBe(descriptor.digest);
        }
        expect(await tested.left()).toEqual([]);
      },
    );

    it('keeps an index, and a manifest without a tag', async () => {
      await using tested = await start();
      const { store } = tested;
      const ctx = testCtx();
      const manifests: Descriptor[] = [];
      for (const architecture of ['amd64', 'arm64']) {
        const { blobs, manifest } = image('oci', architecture);
        for (const blob of blobs) await store.putBlob(blob, ctx);
        const stored = await store.putManifest(manifest, [], ctx);
        manifests.push({ ...stored, platform: { architecture, os: 'linux' } });
      }
      const index = renderManifest({ schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests });
      await store.putManifest(index, ['all'], ctx);
      const found = await store.manifest('all', ctx);
      expect(found?.descriptor).toMatchObject(index.descriptor);
      expect(digestOf(found?.bytes ?? '')).toBe(index.descriptor.digest);
      for (const { digest } of manifests) expect(await store.resolve(digest, ctx)).toBe(digest);
    });

    it('moves a tag', async () => {
      await using tested = await start();
      const { store } = tested;
      const ctx = testCtx();
      const [first, second] = [image('oci', 'first'), image('oci', 'second')];
      for (const blob of [...first.blobs, ...second.blobs]) await store.putBlob(blob, ctx);
      await store.putManifest(first.manifest, ['moving'], ctx);
      await store.putManifest(second.manifest, ['moving'], ctx);
      expect(await store.resolve('moving', ctx)).toBe(second.manifest.descriptor.digest);
      expect(await store.resolve(first.manifest.descriptor.digest, ctx)).toBe(first.manifest.descriptor.digest);
    });

    it('has no tag, manifest or blob that nobody put there', async () => {
      await using tested = await start();
      const ctx = testCtx();
      const digest = digestOf('nobody');
      for (const reference of ['nobody', digest]) {
        expect(await tested.store.manifest(reference, ctx)).toBeUndefined();
        expect(await tested.store.resolve(reference, ctx)).toBeUndefined();
      }
      const { descriptor } = blobOf(Buffer.from('nobody'), MEDIA_TYPES.oci.layer);
      const reading = async () => buffer(await tested.store.blob(descriptor, ctx));
      await expect(reading()).rejects.toThrow();
    });

    it('keeps an empty blob, a large one, and many at once', async () => {
      await using tested = await start();
      const { store } = tested;
      const ctx = testCtx();
      const blobs = [0, 1, LARGE_BYTES, 5, 600, 70_000, 800_000, 9].map((bytes) =>
        blobOf(randomBytes(bytes), MEDIA_TYPES.oci.layer),
      );
      const arrivals = await Promise.all(blobs.map((blob) => store.putBlob(blob, ctx)));
      expect(arrivals).toEqual(blobs.map(() => 'uploaded'));
      for (const { descriptor } of blobs) {
        expect(digestOf(await buffer(await store.blob(descriptor, ctx)))).toBe(descriptor.digest);
      }
      expect(await tested.left()).toEqual([]);
    });

    it('may be given the same blob twice at once', async () => {
      await using tested = await start();
      const ctx = testCtx();
      const blob = blobOf(randomBytes(300_000), MEDIA_TYPES.oci.layer);
      await Promise.all([tested.store.putBlob(blob, ctx), tested.store.putBlob(blob, ctx)]);
      expect(digestOf(await buffer(await tested.store.blob(blob.descriptor, ctx)))).toBe(blob.descriptor.digest);
      expect(await tested.left()).toEqual([]);
    });

    it.each([
      ['other bytes', (bytes: Buffer) => Buffer.from(bytes).fill('x')],
      ['too few bytes', (bytes: Buffer) => bytes.subarray(0, -1)],
      ['too many bytes', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
    ])('refuses a blob whose source has %s, and has nothing of it', async (_, change) => {
      await using tested = await start();
      const ctx = testCtx();
      const bytes = randomBytes(300_000);
      const right = blobOf(bytes, MEDIA_TYPES.oci.layer);
      const wrong = { ...right, open: async () => chunked(change(bytes)) };
      await expect(tested.store.putBlob(wrong, ctx)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
      expect(await tested.left()).toEqual([]);
      expect(await tested.store.putBlob(right, ctx)).toBe('uploaded');
    });

    it("passes on the source's own error, and has nothing of the blob", async () => {
      await using tested = await start();
      const ctx = testCtx();
      const bytes = randomBytes(300_000);
      const failure = new Error('the source is gone');
      const right = blobOf(bytes, MEDIA_TYPES.oci.layer);
      const broken = async () =>
        Readable.from(
          (async function* () {
            yield bytes.subarray(0, 100_000);
            throw failure;
          })(),
        );
      await expect(tested.store.putBlob({ ...right, open: broken }, ctx)).rejects.toBe(failure);
      expect(await tested.left()).toEqual([]);
      expect(await tested.store.putBlob(right, ctx)).toBe('uploaded');
    });

    it('rejects with the reason when it is aborted while a blob comes, and has nothing of it', async () => {
      await using tested = await start();
      const ctx = testCtx();
      const reason = new Error('no longer wanted');
      const bytes = randomBytes(LARGE_BYTES);
      const right = blobOf(bytes, MEDIA_TYPES.oci.layer);
      const aborting = async () =>
        Readable.from(
          (async function* () {
            yield bytes.subarray(0, 100_000);
            ctx.abort(reason);
            yield* chunks(bytes.subarray(100_000));
          })(),
        );
      await expect(tested.store.putBlob({ ...right, open: aborting }, ctx)).rejects.toBe(reason);
      expect(await tested.left()).toEqual([]);
      expect(await tested.store.putBlob(right, testCtx())).toBe('uploaded');
    });

    it('does nothing when it is aborted before', async () => {
      await using tested = await start();
      const ctx = testCtx();
      const reason = new Error('no longer wanted');
      ctx.abort(reason);
      const { blobs, manifest } = image('oci', 'aborted');
      for (const blob of blobs) await expect(tested.store.putBlob(blob, ctx)).rejects.toBe(reason);
      await expect(tested.store.putManifest(manifest, ['aborted'], ctx)).rejects.toBe(reason);
      await expect(tested.store.resolve('aborted', ctx)).rejects.toBe(reason);
      expect(await tested.store.resolve('aborted', testCtx())).toBeUndefined();
    });
  });
}

export interface TestImage {
  readonly blobs: readonly BlobSource[];
  readonly manifest: StoredManifest;
}

/** An image of one layer, whose bytes nobody unpacks; `content` makes it another one. */
export function image(family: MediaTypeFamily, content: string): TestImage {
  const types = MEDIA_TYPES[family];
  const layer = blobOf(Buffer.from(`layer ${content} `.repeat(10_000)), types.layer);
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: { Labels: { content } },
        rootfs: { type: 'layers', diff_ids: [layer.descriptor.digest] },
      }),
    ),
    types.config,
  );
  const manifest = renderManifest({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: [layer.descriptor],
  });
  return { blobs: [layer, config], manifest };
}

export function blobOf(bytes: Buffer, mediaType: string): BlobSource {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, open: async () => chunked(bytes) };
}

function chunked(bytes: Buffer): Readable {
  return Readable.from(chunks(bytes), { objectMode: false });
}

function* chunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
