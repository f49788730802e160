import { describe, expect, it } from 'vitest';
import type { ImageStore, StoredManifest } from '../../cli/image/image-store.ts';
import { renderManifest } from '../../cli/image/manifest.ts';
import { EMPTY_TYPE, MEDIA_TYPES } from '../../cli/image/media-types.ts';
import type { Referrers } from '../../cli/image/referrers.ts';
import { testCtx } from '../helpers/ctx.ts';
import { blobOf, image } from './image-store.ts';

/** What a suite needs of the place under test. */
export interface ReferrersUnderTest extends AsyncDisposable {
  readonly store: ImageStore;
  readonly referrers: Referrers;
}

const SBOM = 'application/vnd.cyclonedx+json';
const SIGNATURE = 'application/vnd.example.signature';

/** What every place promises that keeps what is attached to images: a registry with a list of its own, one without, a layout on disk. */
export function referrersContract(name: string, start: () => Promise<ReferrersUnderTest>): void {
  describe(`Referrers: ${name}`, () => {
    it('lists what is attached to an image, once, by its type', async () => {
      await using tested = await start();
      const { store, referrers } = tested;
      const ctx = testCtx();
      const subject = await putImage(store, 'subject');
      const other = await putImage(store, 'other');
      expect(await referrers.list(subject.descriptor.digest, null, ctx)).toEqual([]);
      const [sbom, signature] = [await artifact(store, subject, SBOM), await artifact(store, subject, SIGNATURE)];
      for (const one of [sbom, signature, sbom]) expect(await referrers.put(one, ctx)).toEqual(one.descriptor);
      await referrers.put(await artifact(store, other, SBOM), ctx);
      const digests = async (type: string | null) =>
        (await referrers.list(subject.descriptor.digest, type, ctx)).map(({ digest }) => digest).toSorted();
      const [first, second] = [sbom, signature].map(({ descriptor }) => descriptor.digest);
      expect(await digests(null)).toEqual([first, second].toSorted());
      expect(await digests(SBOM)).toEqual([first]);
      expect(await digests('another/type')).toEqual([]);
      expect(await referrers.list(subject.descriptor.digest, SBOM, ctx)).toMatchObject([
        { ...sbom.descriptor, artifactType: SBOM, annotations: { of: SBOM } },
      ]);
      expect((await store.manifest(first ?? '', ctx))?.bytes.length).toBe(sbom.bytes.length);
    });

    it('leaves the image as it is, under its tag', async () => {
      await using tested = await start();
      const { store, referrers } = tested;
      const ctx = testCtx();
      const subject = await putImage(store, 'subject');
      await referrers.put(await artifact(store, subject, SBOM), ctx);
      expect(await store.resolve('subject', ctx)).toBe(subject.descriptor.digest);
      const next = await putImage(store, 'next', 'subject');
      expect(await store.resolve('subject', ctx)).toBe(next.descriptor.digest);
      expect(await referrers.list(subject.descriptor.digest, SBOM, ctx)).toHaveLength(1);
      expect(await referrers.list(next.descriptor.digest, SBOM, ctx)).toEqual([]);
    });

    it('does nothing when it is aborted before', async () => {
      await using tested = await start();
      const { store, referrers } = tested;
      const subject = await putImage(store, 'subject');
      const sbom = await artifact(store, subject, SBOM);
      const ctx = testCtx();
      const reason = new Error('no longer wanted');
      ctx.abort(reason);
      await expect(referrers.put(sbom, ctx)).rejects.toBe(reason);
      await expect(referrers.list(subject.descriptor.digest, null, ctx)).rejects.toBe(reason);
      expect(await referrers.list(subject.descriptor.digest, null, testCtx())).toEqual([]);
    });
  });
}

async function putImage(store: ImageStore, content: string, tag = content): Promise<StoredManifest> {
  const { blobs, manifest } = image('oci', content);
  for (const blob of blobs) await store.putBlob(blob, testCtx());
  await store.putManifest(manifest, [tag], testCtx());
  return manifest;
}

/** Its blobs are in the store. */
async function artifact(store: ImageStore, { descriptor }: StoredManifest, type: string): Promise<StoredManifest> {
  const [content, config] = [blobOf(Buffer.from(`{"of":"${type}"}`), type), blobOf(Buffer.from('{}'), EMPTY_TYPE)];
  for (const blob of [content, config]) await store.putBlob(blob, testCtx());
  return renderManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.manifest,
    artifactType: type,
    config: config.descriptor,
    layers: [content.descriptor],
    subject: descriptor,
    annotations: { of: type },
  });
}
