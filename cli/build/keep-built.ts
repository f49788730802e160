import type { Ctx } from '../../runtime/core/context.ts';
import { formatPlatform } from '../image/choose-platform.ts';
import type { ImageStore } from '../image/image-store.ts';
import { ownLayers } from '../image/own-layers.ts';
import { NO_TRAFFIC } from '../image/pack/traffic.ts';
import type { BuildDeps } from './build-deps.ts';
import type { BuildRequest } from './build-request.ts';
import type { BuildResult } from './build-result.ts';
import type { BuiltImage } from './find-built.ts';
import { IMAGE_LABELS, OCI_LABELS } from './image-labels.ts';
import { attachPending } from './sbom/attach-sboms.ts';
import { sbomPlaceOf } from './sbom/sbom-place.ts';

export interface Keeping {
  readonly request: BuildRequest;
  readonly destination: ImageStore;
  /** Why it is kept. */
  readonly why: 'request' | 'content';
}

/** Leaves an image as it is and sees to it that all tags that were asked for stand for it: one question a tag, and a write for those that do not. An
 *  SBOM that this machine could not attach to it before is attached.
 *  @throws {ToolError} what the store throws */
export async function keepBuilt(
  built: BuiltImage,
  { request, destination, why }: Keeping,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<BuildResult> {
  const { digest } = built.stored.descriptor;
  const others = request.destination.tags.filter((tag) => tag !== built.tag);
  const digests = await Promise.all(others.map((tag) => destination.resolve(tag, ctx)));
  const missing = others.filter((_, index) => digests[index] !== digest);
  if (missing.length > 0 && !request.isDry) await destination.putManifest(built.stored, missing, ctx);
  const sboms = await attachPending(built.images, sbomPlaceOf(request, destination, deps), ctx);
  const { labels } = built;
  return {
    ...{ digest, changed: false, unchanged: why, written: missing },
    commit: labels[OCI_LABELS.revision] ?? null,
    builder: { name: labels[IMAGE_LABELS.builderName] ?? null, digest: labels[IMAGE_LABELS.builderDigest] ?? null },
    keys: { request: labels[IMAGE_LABELS.requestKey] ?? null, plan: labels[IMAGE_LABELS.planKey] ?? null },
    platforms: built.images.map((image, at) => ({
      platform: formatPlatform(image.config),
      digest: image.descriptor.digest,
      sbom: sboms[at] ?? null,
      layers: ownLayers(image).map(({ kind, diffId, descriptor }) => ({
        ...{ kind, diffId, digest: descriptor.digest, bytes: descriptor.size, origin: null, arrival: null },
      })),
    })),
    traffic: NO_TRAFFIC,
  };
}
