import * as z from 'zod/mini';
import { isDigest } from '../../runtime/core/image-ref.ts';
import type { NewLayer } from './append-layers.ts';
import { parseJson } from './json.ts';
import type { LayerKind } from './layer-source.ts';
import type { StoredImage } from './read-image.ts';

/** The label in which an image says which of its layers were put onto its base here, the lowest first. */
export const LAYERS_LABEL = 'dev.hibana.layers';

/** The text of the label. The hashes tell whoever reads it whether the layers are still those: an image that somebody made from this one inherits
 *  the label, and has others on top. */
export function renderLayersLabel(layers: readonly NewLayer[]): string {
  return JSON.stringify(layers.map(({ kind, key, diffId }) => ({ kind, key, diffId })));
}

/** The layers that were put onto the base of an image, the lowest first; none where the label is not there, or not true. */
export function ownLayers({ manifest, config }: StoredImage): readonly NewLayer[] {
  const text = config.config?.Labels?.[LAYERS_LABEL];
  const parsed = LabelSchema.safeParse(text === undefined ? undefined : parseJson(Buffer.from(text)));
  if (!parsed.success) return [];
  const { diff_ids: diffIds } = config.rootfs;
  const first = diffIds.length - parsed.data.length;
  const steps = (config.history ?? []).filter((entry) => entry.empty_layer !== true).slice(-parsed.data.length);
  const found = parsed.data.flatMap(({ kind, key = null, diffId }, at): readonly NewLayer[] => {
    const descriptor = manifest.layers[first + at];
    if (descriptor === undefined || diffIds[first + at] !== diffId) return [];
    // Another version may have kinds that this one does not know; it is only a word.
    return [{ kind: kind as LayerKind, key, diffId, descriptor, createdBy: steps[at]?.created_by ?? kind }];
  });
  return found.length === parsed.data.length ? found : [];
}

const LabelSchema = z.array(
  z.object({ kind: z.string(), key: z.exactOptional(z.string()), diffId: z.string().check(z.refine(isDigest)) }),
);
