import { Readable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { digestOf } from '../../image/digest.ts';
import type { BlobSource, ImageStore } from '../../image/image-store.ts';
import { renderManifest } from '../../image/manifest.ts';
import { EMPTY_TYPE, MEDIA_TYPES } from '../../image/media-types.ts';
import type { PackedImage } from '../../image/pack-image.ts';
import type { Referrers } from '../../image/referrers.ts';
import type { NamedBuilder, PlatformBuilder } from '../find-builder.ts';
import { OCI_LABELS } from '../image-labels.ts';
import { renderSbom, type SbomComponent, sbomOf } from './sbom-document.ts';

export const SBOM_TYPE = 'application/vnd.cyclonedx+json';

/** Where the images are. */
export interface SbomPlace {
  readonly store: ImageStore;
  /** `null` attaches nothing: a daemon keeps no such things, and a dry run writes nothing. */
  readonly referrers: Referrers | null;
}

/** An image for one platform that is in its place. */
export interface SbomImage {
  readonly packed: Pick<PackedImage, 'descriptor' | 'layers'>;
  readonly labels: Readonly<Record<string, string>>;
  readonly builder: PlatformBuilder;
  /** What the application needs; `null` where nobody knows. */
  readonly packages: readonly SbomComponent[] | null;
}

/** The manifest that has the SBOM, and whose subject is the image. */
export interface AttachedSbom {
  readonly digest: string;
}

/** Attaches to each image, which is there, an SBOM that says what it consists of; `null` where there is none. An image without one is an image all the
 *  same: what stops us is a notice. Rejects with `signal.reason` on abort. */
export async function attachSboms(
  images: readonly SbomImage[],
  named: NamedBuilder,
  place: SbomPlace,
  ctx: Ctx,
): Promise<readonly (AttachedSbom | null)[]> {
  const attached: (AttachedSbom | null)[] = [];
  for (const image of images) attached.push(await attach(image, named, place, ctx));
  return attached;
}

async function attach(
  image: SbomImage,
  named: NamedBuilder,
  { store, referrers }: SbomPlace,
  ctx: Ctx,
): Promise<AttachedSbom | null> {
  if (referrers === null || image.packages === null) return null;
  const { mediaType, digest, size } = image.packed.descriptor;
  const sbom = blobOf(documentOf({ ...image, packages: image.packages }, named), SBOM_TYPE);
  const config = blobOf(Buffer.from('{}'), EMPTY_TYPE);
  const manifest = renderManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.manifest,
    artifactType: SBOM_TYPE,
    config: config.descriptor,
    layers: [{ ...sbom.descriptor, annotations: { [OCI_LABELS.title]: FILE_NAME } }],
    subject: { mediaType, digest, size },
  });
  try {
    await Promise.all([sbom, config].map((blob) => store.putBlob(blob, ctx)));
    await referrers.put(manifest, ctx);
    return { digest: manifest.descriptor.digest };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof ToolError)) throw error;
    ctx.emit({ type: 'notice', level: 'info', message: `The image has no SBOM attached: ${error.message}` });
    return null;
  }
}

/** Under which name other tools put it into a folder. */
const FILE_NAME = 'sbom.cdx.json';

/** The key of a launcher's layer is the digest of its one file; what was made without a key has that of the layer. */
function documentOf(
  { packed, labels, builder, packages }: SbomImage & { readonly packages: readonly SbomComponent[] },
  { publicName, ref }: NamedBuilder,
): Buffer {
  const { platform, facts, image } = builder;
  const launcher = packed.layers.find(({ kind, key, diffId }) => kind === 'launcher' && key !== diffId)?.key ?? null;
  return renderSbom(
    sbomOf({
      image: { platform, labels },
      builder: { name: publicName, ref, digest: image.descriptor.digest, facts },
      launcher,
      packages,
    }),
  );
}

function blobOf(bytes: Buffer, mediaType: string): BlobSource {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, open: async () => Readable.from([bytes]) };
}
