import type { ImageStore } from '../../image/image-store.ts';
import type { BuildDeps } from '../build-deps.ts';
import type { BuildRequest } from '../build-request.ts';
import { formatTagged } from '../destination.ts';
import type { SbomPlace } from './attach-sboms.ts';
import { createPendingSboms } from './pending-sboms.ts';

/** Where the SBOMs of a request's images go; a dry run writes nothing. */
export function sbomPlaceOf(
  { destination, isDry }: Pick<BuildRequest, 'destination' | 'isDry'>,
  store: ImageStore,
  { referrers, toolchain }: Pick<BuildDeps, 'referrers' | 'toolchain'>,
): SbomPlace {
  const pending = createPendingSboms(toolchain.cache, formatTagged(destination, ''));
  return { store, referrers: isDry ? null : referrers, pending };
}
