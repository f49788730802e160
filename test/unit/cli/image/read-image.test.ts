import { describe, expect, it } from 'vitest';
import { parsePlatform } from '../../../../cli/image/choose-platform.ts';
import { MEDIA_TYPES } from '../../../../cli/image/media-types.ts';
import { readImage } from '../../../../cli/image/read-image.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { MemoryStore } from '../../../helpers/memory-store.ts';

const amd64 = { architecture: 'amd64', os: 'linux' };
const arm64 = { architecture: 'arm64', os: 'linux', variant: 'v8' };
const attestation = { architecture: 'unknown', os: 'unknown' };

function read(store: MemoryStore, reference: string, platform = 'amd64') {
  return readImage({ store, reference, platform: parsePlatform(platform), name: 'registry.example/app' }, testCtx());
}

function storeWithIndex(platforms: readonly object[], family: 'oci' | 'docker' = 'oci'): MemoryStore {
  const store = new MemoryStore();
  const manifests = platforms.map((platform, at) => {
    const descriptor = store.addImage(`image-${at}`, platform, family, `layer ${at}`);
    return { ...descriptor, platform };
  });
  store.addManifest(
    { schemaVersion: 2, mediaType: MEDIA_TYPES[family].index, manifests },
    MEDIA_TYPES[family].index,
    'v1',
  );
  return store;
}

describe('readImage()', () => {
  it('is undefined for what is not there', async () => {
    expect(await read(new MemoryStore(), 'v1')).toBeUndefined();
  });

  it.each(['oci', 'docker'] as const)('reads an image of the family %s', async (family) => {
    const store = new MemoryStore();
    const descriptor = store.addImage('v1', amd64, family);
    const image = await read(store, 'v1');
    expect(image).toMatchObject({ descriptor, index: null, config: amd64 });
    expect(image?.manifest.layers).toHaveLength(1);
  });

  it.each([
    ['amd64', 1],
    ['linux/amd64', 1],
    ['arm64', 2],
    ['arm64/v8', 2],
    ['arm', 4],
    ['arm/v7', 4],
    ['arm/v6', 3],
  ])('chooses of an index with attestations for %s image %d', async (platform, at) => {
    const arm = { architecture: 'arm', os: 'linux' };
    const platforms = [attestation, amd64, arm64, { ...arm, variant: 'v6' }, { ...arm, variant: 'v7' }, attestation];
    for (const family of ['oci', 'docker'] as const) {
      const store = storeWithIndex(platforms, family);
      const image = await read(store, 'v1', platform);
      expect(image?.descriptor.digest).toBe(store.tags.get(`image-${at}`));
      expect(image?.index).toBe(store.tags.get('v1'));
    }
  });

  it('takes no image of a higher variant or another system', async () => {
    const store = storeWithIndex([
      { ...amd64, variant: 'v3' },
      { ...amd64, os: 'windows' },
    ]);
    await expect(read(store, 'v1')).rejects.toMatchObject({
      code: 'ARCHITECTURE_NOT_FOUND',
      message: 'Cannot use "registry.example/app" for amd64: it is there for amd64/v3, windows/amd64',
    });
  });

  it('says of an index without the architecture which are there', async () => {
    await expect(read(storeWithIndex([amd64, arm64, attestation]), 'v1', 's390x')).rejects.toMatchObject({
      code: 'ARCHITECTURE_NOT_FOUND',
      details: { there: ['amd64', 'arm64/v8'] },
    });
  });

  it('says of a single image for another architecture for which it is', async () => {
    const store = new MemoryStore();
    store.addImage('v1', arm64);
    await expect(read(store, 'v1')).rejects.toMatchObject({
      code: 'ARCHITECTURE_NOT_FOUND',
      details: { there: ['arm64/v8'] },
    });
  });

  it('takes the only image of an index that says no platform, and believes its configuration', async () => {
    const store = new MemoryStore();
    const manifests = [store.addImage('image', amd64)];
    store.addManifest({ schemaVersion: 2, manifests }, MEDIA_TYPES.oci.index, 'v1');
    expect(await read(store, 'v1')).toMatchObject({ descriptor: manifests[0] });
    await expect(read(store, 'v1', 'arm64')).rejects.toMatchObject({ code: 'ARCHITECTURE_NOT_FOUND' });
  });

  it.each([
    ['schema 1 by its content', { schemaVersion: 1, fsLayers: [] }, 'application/json', 'MANIFEST_UNSUPPORTED'],
    [
      'schema 1 by its type',
      { history: [] },
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'MANIFEST_UNSUPPORTED',
    ],
    ['a text', 'not found', MEDIA_TYPES.oci.manifest, 'MANIFEST_INVALID'],
    ['a manifest that is an index as well', { schemaVersion: 2, layers: [], manifests: [] }, '', 'MANIFEST_INVALID'],
    [
      'an index that calls itself a manifest',
      { schemaVersion: 2, mediaType: MEDIA_TYPES.oci.manifest, manifests: [] },
      MEDIA_TYPES.oci.manifest,
      'MANIFEST_INVALID',
    ],
    ['a manifest without layers', { schemaVersion: 2, config: {} }, MEDIA_TYPES.oci.manifest, 'MANIFEST_INVALID'],
    [
      'a digest that leads out of a folder',
      { schemaVersion: 2, layers: [], config: { mediaType: 'x', size: 1, digest: '../../x' } },
      MEDIA_TYPES.oci.manifest,
      'MANIFEST_INVALID',
    ],
    [
      'an artifact',
      {
        schemaVersion: 2,
        layers: [],
        config: { mediaType: 'application/vnd.oci.empty.v1+json', size: 2, digest: `sha256:${'0'.repeat(64)}` },
      },
      MEDIA_TYPES.oci.manifest,
      'MANIFEST_UNSUPPORTED',
    ],
  ])('refuses %s', async (_, document, mediaType, code) => {
    const store = new MemoryStore();
    store.addManifest(document as object, mediaType, 'v1');
    await expect(read(store, 'v1')).rejects.toMatchObject({ code });
  });

  it.each([
    ['no JSON', 'x'],
    ['no architecture', JSON.stringify({ os: 'linux', rootfs: { type: 'layers', diff_ids: [] } })],
    [
      'more layers than the manifest',
      JSON.stringify({ ...amd64, rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] } }),
    ],
  ])('refuses a configuration with %s', async (_, text) => {
    const store = new MemoryStore();
    const config = store.addBlob(Buffer.from(text), MEDIA_TYPES.oci.config);
    store.addManifest({ schemaVersion: 2, config, layers: [] }, MEDIA_TYPES.oci.manifest, 'v1');
    await expect(read(store, 'v1')).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  it('keeps what it does not know of a layer, and the URLs of a foreign one', async () => {
    const store = new MemoryStore();
    const diff_ids = [`sha256:${'1'.repeat(64)}`];
    const config = store.addBlob(
      Buffer.from(JSON.stringify({ ...amd64, rootfs: { type: 'layers', diff_ids } })),
      MEDIA_TYPES.docker.config,
    );
    const layer = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: `sha256:${'2'.repeat(64)}`,
      size: 3,
      urls: ['https://mirror.example/layer'],
      platformNote: 'x',
    };
    store.addManifest({ schemaVersion: 2, mediaType: MEDIA_TYPES.docker.manifest, config, layers: [layer] }, '', 'v1');
    expect((await read(store, 'v1'))?.manifest.layers).toEqual([layer]);
  });
});
