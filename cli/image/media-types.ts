/** The two families of media types, and what each part of an image is called in them.
 *  Source: OCI image-spec, media-types.md; "Image Manifest Version 2, Schema 2" of Docker's distribution. */
export type MediaTypeFamily = 'docker' | 'oci';

/** What a media type stands for. `artifact` is whatever else a registry may keep. */
export type MediaTypeKind = 'manifest' | 'index' | 'config' | 'layer' | 'schema1' | 'artifact';

export interface FamilyMediaTypes {
  readonly manifest: string;
  readonly index: string;
  readonly config: string;
  /** Of a layer that is compressed by gzip: the only kind that is made here. */
  readonly layer: string;
}

export const MEDIA_TYPES: Readonly<Record<MediaTypeFamily, FamilyMediaTypes>> = {
  docker: {
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
  oci: {
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    index: 'application/vnd.oci.image.index.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
};

/** Of the configuration of what has none. Source: OCI image-spec, manifest.md, "Guidance for an Empty Descriptor". */
export const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';

/** What to say in `Accept` of a request for a manifest. Schema 1 is not among them: a registry that has nothing else then says so. */
export const MANIFEST_TYPES: readonly string[] = [
  MEDIA_TYPES.oci.index,
  MEDIA_TYPES.oci.manifest,
  MEDIA_TYPES.docker.index,
  MEDIA_TYPES.docker.manifest,
];

const DOCKER_PREFIX = 'application/vnd.docker.';
const DOCKER_LAYER = `${DOCKER_PREFIX}image.rootfs.`;
const OCI_LAYER = 'application/vnd.oci.image.layer.';
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:prettyjws|json)$/;

export function kindOf(mediaType: string): MediaTypeKind {
  if (SCHEMA_1.test(mediaType)) return 'schema1';
  if (mediaType.startsWith(DOCKER_LAYER) || mediaType.startsWith(OCI_LAYER)) return 'layer';
  for (const kind of ['manifest', 'index', 'config'] as const) {
    if (mediaType === MEDIA_TYPES.oci[kind] || mediaType === MEDIA_TYPES.docker[kind]) return kind;
  }
  return 'artifact';
}

/** The family of a manifest or an index; what is added to an image is of the family of its manifest. */
export function familyOf(mediaType: string): MediaTypeFamily {
  return mediaType.startsWith(DOCKER_PREFIX) ? 'docker' : 'oci';
}

/** Whether a layer is kept by no registry: its descriptor says in `urls` where it is, and it is never pushed. */
export function isForeignLayer(mediaType: string): boolean {
  return mediaType.startsWith(`${DOCKER_LAYER}foreign.`) || mediaType.startsWith(`${OCI_LAYER}nondistributable.`);
}
