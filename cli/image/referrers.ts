import type { Ctx } from '../../runtime/core/context.ts';
import type { Descriptor } from './descriptor.ts';
import type { StoredManifest } from './image-store.ts';
import { parseManifest } from './manifest.ts';

/** What is attached to images by other manifests whose subject they are: SBOMs, signatures. One place's worth, as an ImageStore. */
export interface Referrers {
  /** Stores such a manifest and has it listed; its blobs must be there.
   *  @throws {ToolError} as ImageStore.putManifest */
  put(referrer: StoredManifest, ctx: Ctx): Promise<Descriptor>;
  /** Of an image, by its digest; with `artifactType` only those. None is an empty list. @throws {ToolError} as ImageStore.manifest */
  list(digest: string, artifactType: string | null, ctx: Ctx): Promise<readonly Descriptor[]>;
}

/** The subject of a manifest, and what a list of the subject's referrers says of it; `undefined` for one that has none. `name` is what errors call it.
 *  Source: distribution-spec, "Listing Referrers". */
export function describeReferrer(
  referrer: StoredManifest,
  name: string,
): { readonly subject: Descriptor; readonly listed: Descriptor } | undefined {
  const parsed = parseManifest(referrer, name);
  const { subject, artifactType, annotations } = parsed.kind === 'index' ? parsed.index : parsed.manifest;
  if (subject === undefined) return undefined;
  const type = artifactType ?? (parsed.kind === 'manifest' ? parsed.manifest.config.mediaType : undefined);
  const { mediaType, digest, size } = referrer.descriptor;
  const listed = {
    mediaType,
    digest,
    size,
    ...(type !== undefined && { artifactType: type }),
    ...(annotations && { annotations }),
  };
  return { subject, listed };
}
