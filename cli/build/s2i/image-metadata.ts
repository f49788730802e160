import * as z from 'zod/mini';
import { ToolError } from '../../../runtime/core/errors.ts';

/** Where `assemble` may leave labels for the image. */
export const IMAGE_METADATA_FILE = '/tmp/.s2i/image_metadata.json';

const MetadataSchema = z.object({ labels: z._default(z.array(z.record(z.string(), z.string())), []) });

/** The labels of `/tmp/.s2i/image_metadata.json`: `{"labels":[{"name":"value"}, …]}`. They come before all others.
 *  @throws {ToolError} ASSEMBLE_FAILED
 *  Source: the contract of openshift/source-to-image, new_labels.md. */
export function parseImageMetadata(text: string): Readonly<Record<string, string>> {
  try {
    return Object.assign({}, ...MetadataSchema.parse(JSON.parse(text)).labels);
  } catch (cause) {
    throw new ToolError('ASSEMBLE_FAILED', `Cannot read the labels that assemble left in ${IMAGE_METADATA_FILE}`, {
      cause,
      hint: 'Let assemble write {"labels":[{"name":"value"}]}, or no such file',
    });
  }
}
