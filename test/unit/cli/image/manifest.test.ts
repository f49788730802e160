import { describe, expect, it } from 'vitest';
import { parsePlatform } from '../../../../cli/image/choose-platform.ts';
import { digestOf } from '../../../../cli/image/digest.ts';
import { parseManifest, renderManifest } from '../../../../cli/image/manifest.ts';
import { MEDIA_TYPES } from '../../../../cli/image/media-types.ts';

const blob = { size: 1, digest: `sha256:${'a'.repeat(64)}`, mediaType: MEDIA_TYPES.oci.layer };

describe('renderManifest()', () => {
  it('gives an image the same bytes whatever the order of the keys was, with their digest', () => {
    const { descriptor, bytes } = renderManifest({
      annotations: { b: '2', a: '1' },
      layers: [{ ...blob, urls: ['u'] }],
      config: { ...blob, mediaType: MEDIA_TYPES.oci.config },
      mediaType: MEDIA_TYPES.oci.manifest,
      schemaVersion: 2,
    });
    const digest = `"digest":"sha256:${'a'.repeat(64)}"`;
    expect(Buffer.from(bytes).toString()).toBe(
      `{"schemaVersion":2,"mediaType":"${MEDIA_TYPES.oci.manifest}",` +
        `"config":{"mediaType":"${MEDIA_TYPES.oci.config}",${digest},"size":1},` +
        `"layers":[{"mediaType":"${MEDIA_TYPES.oci.layer}",${digest},"size":1,"urls":["u"]}],"annotations":{"a":"1","b":"2"}}`,
    );
    expect(descriptor).toEqual({ mediaType: MEDIA_TYPES.oci.manifest, digest: digestOf(bytes), size: bytes.length });
  });

  it('is read as what it was made of', () => {
    const manifest = { ...blob, mediaType: MEDIA_TYPES.oci.manifest, platform: parsePlatform('arm/v7') };
    const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests: [manifest] } as const;
    expect(parseManifest(renderManifest(index), 'app')).toEqual({ kind: 'index', index });
  });
});

describe('parsePlatform()', () => {
  it.each(['', 'linux/', 'linux', 'AMD64', 'arm/7', 'windows/amd64', 'amd64,arm64', 'a b'])('refuses %j', (text) => {
    expect(() => parsePlatform(text)).toThrowError(expect.objectContaining({ code: 'USAGE' }));
  });
});
