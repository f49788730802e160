import { applyChanges, type ConfigChanges, changesBetween } from './config-changes.ts';
import type { Descriptor, Platform } from './descriptor.ts';
import { digestOf } from './digest.ts';
import { type HistoryEntry, type ImageConfig, renderImageConfig } from './image-config.ts';
import type { StoredManifest } from './image-store.ts';
import { sortKeys } from './json.ts';
import { LAYER_TIME_SECONDS } from './layer/tar-header.ts';
import type { LayerKind } from './layer-source.ts';
import { type ImageManifest, renderManifest } from './manifest.ts';
import { familyOf, MEDIA_TYPES } from './media-types.ts';
import { LAYERS_LABEL, ownLayers, renderLayersLabel } from './own-layers.ts';
import type { StoredImage } from './read-image.ts';

/** What layers are put on: an image, by the name that is said of it, or nothing. */
export type Base =
  | { readonly kind: 'image'; readonly name: string; readonly image: StoredImage }
  | { readonly kind: 'scratch'; readonly platform: Platform };

/** A layer that is there, made now or before. */
export interface NewLayer {
  readonly kind: LayerKind;
  readonly key: string | null;
  readonly diffId: string;
  readonly descriptor: Descriptor;
  /** For the history: one line. */
  readonly createdBy: string;
}

export interface ImageChanges extends ConfigChanges {
  /** Of the manifest; an image of Docker's family has none, and gets those of its base as labels. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** ISO 8601; default: the time that all files have. */
  readonly created?: string;
}

/** An image that is not stored yet, but for its layers. */
export interface ComposedImage {
  readonly config: { readonly descriptor: Descriptor; readonly bytes: Buffer };
  readonly manifest: StoredManifest;
  /** All its layers, the lowest first. */
  readonly layers: readonly Descriptor[];
}

/** The base with layers on top and another configuration: the same bytes for the same input. The family of media types is the base's, that of OCI
 *  from nothing; each layer has an entry in the history; a label says which layers are ours. What the base says of itself in annotations is
 *  not repeated. */
export function appendLayers(base: Base, layers: readonly NewLayer[], changes: ImageChanges): ComposedImage {
  const { annotations = {}, created = DEFAULT_CREATED, ...configChanges } = changes;
  const below = partsOf(base);
  const types = MEDIA_TYPES[familyOf(below.mediaType)];
  const isDocker = types === MEDIA_TYPES.docker;
  const named = baseAnnotations(base);
  const labels = {
    ...(isDocker ? named : {}),
    ...configChanges.labels,
    [LAYERS_LABEL]: renderLayersLabel(layers),
  };
  const configBytes = renderImageConfig({
    ...below.config,
    created,
    config: applyChanges(below.config.config ?? {}, { ...configChanges, labels }),
    rootfs: { type: 'layers', diff_ids: [...below.config.rootfs.diff_ids, ...layers.map(({ diffId }) => diffId)] },
    history: [...historyOf(below.config), ...layers.map(({ createdBy }) => ({ created, created_by: createdBy }))],
  });
  const config = { mediaType: types.config, digest: digestOf(configBytes), size: configBytes.length };
  const descriptors = [...below.layers, ...layers.map(({ descriptor }) => inFamily(descriptor, types.layer))];
  const all = sortKeys({ ...named, ...annotations });
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config,
    layers: descriptors,
    ...(isDocker || Object.keys(all).length === 0 ? {} : { annotations: all }),
  };
  return {
    config: { descriptor: config, bytes: configBytes },
    manifest: renderManifest(manifest),
    layers: descriptors,
  };
}

/** The layers that were put onto the base of an image, and what was changed of its configuration: `appendLayers` puts them onto another base.
 *  `oldBase`: its base as it was, when it is still to be had; without it all that the image says now is kept. */
export function ownPart(
  image: StoredImage,
  oldBase?: ImageConfig,
): { layers: readonly NewLayer[]; changes: ImageChanges } {
  const { created } = image.config;
  const { labels = {}, ...changes } = changesBetween(oldBase?.config ?? {}, image.config.config ?? {});
  const own = Object.entries(labels).filter(([key]) => key !== LAYERS_LABEL && !BASE_KEYS.includes(key));
  const annotations = Object.entries(image.manifest.annotations ?? {}).filter(([key]) => !BASE_KEYS.includes(key));
  return {
    layers: ownLayers(image),
    changes: {
      ...changes,
      labels: Object.fromEntries(own),
      annotations: Object.fromEntries(annotations),
      ...(created === undefined ? {} : { created }),
    },
  };
}

/** Source: OCI image-spec, annotations.md. */
export const BASE_NAME = 'org.opencontainers.image.base.name';
export const BASE_DIGEST = 'org.opencontainers.image.base.digest';

const BASE_KEYS: readonly string[] = [BASE_NAME, BASE_DIGEST];
const DEFAULT_CREATED = new Date(LAYER_TIME_SECONDS * 1_000).toISOString().replace('.000', '');

interface BaseParts {
  readonly mediaType: string;
  readonly config: ImageConfig;
  readonly layers: readonly Descriptor[];
}

function partsOf(base: Base): BaseParts {
  if (base.kind === 'image') {
    const { manifest, config } = base.image;
    return { mediaType: manifest.mediaType, config, layers: manifest.layers };
  }
  const rootfs = { type: 'layers', diff_ids: [] } as const;
  return { mediaType: MEDIA_TYPES.oci.manifest, config: { ...base.platform, rootfs }, layers: [] };
}

function baseAnnotations(base: Base): Readonly<Record<string, string>> {
  if (base.kind === 'scratch') return {};
  return { [BASE_NAME]: base.name, [BASE_DIGEST]: base.image.descriptor.digest };
}

/** Readers of the history count on an entry for each layer, at least. */
function historyOf({ history = [], rootfs }: ImageConfig): readonly HistoryEntry[] {
  const missing = rootfs.diff_ids.length - history.filter((entry) => entry.empty_layer !== true).length;
  return [...history, ...Array.from({ length: Math.max(0, missing) }, () => ({ comment: 'of the base' }))];
}

/** A layer compressed by gzip is the same in both families, but for its name. */
function inFamily(descriptor: Descriptor, mediaType: string): Descriptor {
  const isGzip = descriptor.mediaType === MEDIA_TYPES.oci.layer || descriptor.mediaType === MEDIA_TYPES.docker.layer;
  return isGzip ? { ...descriptor, mediaType } : descriptor;
}
