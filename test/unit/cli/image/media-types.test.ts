import { describe, expect, it } from 'vitest';
import { familyOf, isForeignLayer, kindOf } from '../../../../cli/image/media-types.ts';

describe('kindOf(), familyOf(), isForeignLayer()', () => {
  it.each([
    ['application/vnd.docker.distribution.manifest.v2+json', 'manifest', 'docker', false],
    ['application/vnd.oci.image.manifest.v1+json', 'manifest', 'oci', false],
    ['application/vnd.docker.distribution.manifest.list.v2+json', 'index', 'docker', false],
    ['application/vnd.oci.image.index.v1+json', 'index', 'oci', false],
    ['application/vnd.docker.container.image.v1+json', 'config', 'docker', false],
    ['application/vnd.oci.image.config.v1+json', 'config', 'oci', false],
    ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'layer', 'docker', false],
    ['application/vnd.docker.image.rootfs.diff.tar', 'layer', 'docker', false],
    ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'layer', 'docker', true],
    ['application/vnd.oci.image.layer.v1.tar+gzip', 'layer', 'oci', false],
    ['application/vnd.oci.image.layer.v1.tar+zstd', 'layer', 'oci', false],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'layer', 'oci', true],
    ['application/vnd.docker.distribution.manifest.v1+prettyjws', 'schema1', 'docker', false],
    ['application/vnd.docker.distribution.manifest.v1+json', 'schema1', 'docker', false],
    ['application/vnd.oci.empty.v1+json', 'artifact', 'oci', false],
    ['application/vnd.cyclonedx+json', 'artifact', 'oci', false],
  ])('take %s for a %s of %s', (mediaType, kind, family, isForeign) => {
    expect([kindOf(mediaType), familyOf(mediaType), isForeignLayer(mediaType)]).toEqual([kind, family, isForeign]);
  });
});
