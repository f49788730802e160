import * as z from 'zod/mini';
import type { ImageFlags } from '../../docker/image-tools.ts';
import type { Revision } from '../records.ts';

const file = z.catch(z.optional(z.string()), undefined);
const FlagsSchema = z.object({
  'ca-file': file,
  'registry-auth-file': file,
  'insecure-registry': z.catch(z.array(z.string()), []),
  'index-url': file,
});

/** How registries were reached when a revision was deployed: so they are when its image has to be had again. */
export function registryFlags({ request }: Pick<Revision, 'request'>): ImageFlags {
  return FlagsSchema.parse(request.options);
}
