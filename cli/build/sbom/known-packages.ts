import { buffer } from 'node:stream/consumers';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { parseJson } from '../../image/json.ts';
import { parseManifest } from '../../image/manifest.ts';
import { ownLayers } from '../../image/own-layers.ts';
import type { StoredImage } from '../../image/read-image.ts';
import { IMAGE_LABELS } from '../image-labels.ts';
import { SBOM_TYPE, type SbomPlace } from './attach-sboms.ts';
import { packageComponents } from './package-components.ts';
import { packagesOf, parseSbom, type SbomComponent } from './sbom-document.ts';

/** What the application in an image needs, by the SBOM that hibana attached to it; without one by its labels, which name packages for Python alone.
 *  `null` where nobody knows all of them, or asks. */
export async function knownPackages(
  image: StoredImage,
  place: SbomPlace,
  ctx: Ctx,
): Promise<readonly SbomComponent[] | null> {
  if (place.referrers === null) return null;
  const attached = await readAttached(image, { ...place, referrers: place.referrers }, ctx).catch((error: unknown) => {
    ctx.signal.throwIfAborted();
    if (error instanceof ToolError) return undefined;
    throw error;
  });
  return attached ?? labelled(image);
}

async function readAttached(
  { descriptor }: StoredImage,
  { store, referrers }: SbomPlace & { readonly referrers: NonNullable<SbomPlace['referrers']> },
  ctx: Ctx,
): Promise<readonly SbomComponent[] | undefined> {
  const listed = await referrers.list(descriptor.digest, SBOM_TYPE, ctx);
  for (const { digest } of listed.toReversed()) {
    const stored = await store.manifest(digest, ctx);
    const parsed = stored && parseManifest(stored, digest);
    const layer = parsed?.kind === 'manifest' ? parsed.manifest.layers[0] : undefined;
    if (layer === undefined || layer.size > MAXIMUM_BYTES) continue;
    const sbom = parseSbom(parseJson(await buffer(await store.blob(layer, ctx))));
    if (sbom !== undefined) return packagesOf(sbom);
  }
  return undefined;
}

/** Far above any of ours; others attach theirs. */
const MAXIMUM_BYTES = 32 * 2 ** 20;

function labelled(image: StoredImage): readonly SbomComponent[] | null {
  if (ownLayers(image).some(({ kind }) => kind === 'packages')) return null;
  const names = image.config.config?.Labels?.[IMAGE_LABELS.dependencies]?.split(' ') ?? [];
  const distributions = names.flatMap((text) => {
    const [name = '', version = ''] = text.split('==');
    return name === '' || version === '' ? [] : [{ name, version, sha256: [] }];
  });
  return packageComponents({ distributions, jars: [] });
}
