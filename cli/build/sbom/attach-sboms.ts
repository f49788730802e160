import { Readable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { Descriptor } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import type { BlobSource, ImageStore } from '../../image/image-store.ts';
import { renderManifest } from '../../image/manifest.ts';
import { EMPTY_TYPE, MEDIA_TYPES } from '../../image/media-types.ts';
import type { PackedImage } from '../../image/pack-image.ts';
import type { Referrers } from '../../image/referrers.ts';
import type { NamedBuilder, PlatformBuilder } from '../find-builder.ts';
import { OCI_LABELS } from '../image-labels.ts';
import type { PendingSbom, PendingSboms } from './pending-sboms.ts';
import { renderSbom, type SbomComponent, sbomOf } from './sbom-document.ts';

export const SBOM_TYPE = 'application/vnd.cyclonedx+json';

/** Where the images are. */
export interface SbomPlace {
  readonly store: ImageStore;
  /** `null` attaches nothing: a daemon keeps no such things, and a dry run writes nothing. */
  readonly referrers: Referrers | null;
  /** What is not attached there; absent: nobody tries it again. */
  readonly pending?: PendingSboms;
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
 *  same: what stops us is a notice. Each is kept before the first is attached, until it is: whatever ends us, the next build finds the rest.
 *  Rejects with `signal.reason` on abort. */
export async function attachSboms(
  images: readonly SbomImage[],
  named: NamedBuilder,
  place: SbomPlace,
  ctx: Ctx,
): Promise<readonly (AttachedSbom | null)[]> {
  const rendered = images.map((image) => ({
    image: image.packed.descriptor.digest,
    sbom: place.referrers === null ? null : render(image, named),
  }));
  for (const { image, sbom } of rendered) if (sbom !== null) await place.pending?.keep(image, sbom, ctx);
  const attached: (AttachedSbom | null)[] = [];
  for (const { image, sbom } of rendered) attached.push(sbom === null ? null : await put(image, sbom, place, ctx));
  return attached;
}

/** Attaches what could not be attached when these images were made, if this machine made them: one look at a file for each where there is nothing to do. */
export async function attachPending(
  images: readonly { readonly descriptor: Descriptor }[],
  place: SbomPlace,
  ctx: Ctx,
): Promise<readonly (AttachedSbom | null)[]> {
  const attached: (AttachedSbom | null)[] = [];
  for (const { descriptor } of images) {
    const pending = place.referrers === null ? undefined : await place.pending?.find(descriptor.digest);
    attached.push(pending === undefined ? null : await put(descriptor.digest, pending, place, ctx));
  }
  return attached;
}

/** `null` where nobody knows the packages. */
function render(image: SbomImage, named: NamedBuilder): PendingSbom | null {
  if (image.packages === null) return null;
  const { mediaType, digest, size } = image.packed.descriptor;
  const document = documentOf({ ...image, packages: image.packages }, named);
  const sbom = blobOf(document, SBOM_TYPE);
  const manifest = renderManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.manifest,
    artifactType: SBOM_TYPE,
    config: blobOf(EMPTY, EMPTY_TYPE).descriptor,
    layers: [{ ...sbom.descriptor, annotations: { [OCI_LABELS.title]: FILE_NAME } }],
    subject: { mediaType, digest, size },
  });
  return { manifest: Buffer.from(manifest.bytes).toString(), document: document.toString() };
}

/** What fails leaves it kept. */
async function put(
  image: string,
  sbom: PendingSbom,
  { store, referrers, pending }: SbomPlace,
  ctx: Ctx,
): Promise<AttachedSbom | null> {
  const blobs = [blobOf(Buffer.from(sbom.document), SBOM_TYPE), blobOf(EMPTY, EMPTY_TYPE)];
  const bytes = Buffer.from(sbom.manifest);
  const { descriptor } = blobOf(bytes, MEDIA_TYPES.oci.manifest);
  try {
    await Promise.all(blobs.map((blob) => store.putBlob(blob, ctx)));
    await referrers?.put({ descriptor, bytes }, ctx);
    await pending?.forget(image);
    return { digest: descriptor.digest };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof ToolError)) throw error;
    const hint = pending === undefined ? {} : { hint: 'Build it again: that attaches it, once the registry takes it' };
    ctx.emit({ type: 'notice', level: 'info', message: `The image has no SBOM attached: ${error.message}`, ...hint });
    return null;
  }
}

const EMPTY = Buffer.from('{}');

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
