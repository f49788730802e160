import { text } from 'node:stream/consumers';
import { SBOM_TYPE } from '../../cli/build/sbom/attach-sboms.ts';
import type { Sbom } from '../../cli/build/sbom/sbom-document.ts';
import type { ImageStore } from '../../cli/image/image-store.ts';
import { type ImageManifest, parseManifest } from '../../cli/image/manifest.ts';
import type { Referrers } from '../../cli/image/referrers.ts';
import { testCtx } from './ctx.ts';

export interface AttachedDocument {
  readonly digest: string;
  readonly manifest: ImageManifest;
  readonly json: string;
  readonly document: Sbom;
}

/** The one SBOM of an image, which must be there. */
export async function attachedSbom(
  { store, referrers }: { readonly store: ImageStore; readonly referrers: Referrers },
  image: string,
): Promise<AttachedDocument> {
  const ctx = testCtx();
  const listed = await referrers.list(image, SBOM_TYPE, ctx);
  const [only] = listed;
  if (only === undefined || listed.length > 1) throw new Error(`${image} has ${listed.length} SBOMs`);
  const stored = await store.manifest(only.digest, ctx);
  const parsed = stored && parseManifest(stored, only.digest);
  const layer = parsed?.kind === 'manifest' ? parsed.manifest.layers[0] : undefined;
  if (parsed?.kind !== 'manifest' || layer === undefined) throw new Error(`${only.digest} is no SBOM`);
  const json = await text(await store.blob(layer, ctx));
  return { digest: only.digest, manifest: parsed.manifest, json, document: JSON.parse(json) };
}
