import { ToolError } from '../../../runtime/core/errors.ts';
import { isTag } from '../../../runtime/core/image-ref.ts';

/** An image in an OCI layout: a folder, and the tag in it. */
export interface LayoutRef {
  readonly folder: string;
  /** `null` where none is said. */
  readonly tag: string | null;
}

const PREFIX = 'oci:';

/** Reads `oci:DIR[:TAG]`; `undefined` for what does not begin so. What follows the last colon is a tag, unless it has a slash.
 *  @throws {ToolError} IMAGE_NAME_INVALID
 *  Source: the transport "oci" of containers/image, containers-transports(5). */
export function parseLayoutRef(text: string): LayoutRef | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const rest = text.slice(PREFIX.length);
  const colon = rest.lastIndexOf(':');
  const [folder, tag] =
    colon < 0 || rest.includes('/', colon) ? [rest, null] : [rest.slice(0, colon), rest.slice(colon + 1)];
  if (folder === '' || (tag !== null && !isTag(tag))) {
    throw new ToolError('IMAGE_NAME_INVALID', `Cannot use "${text}" as the name of an image in a folder`, {
      hint: 'Write it as oci:DIR or oci:DIR:TAG',
      details: { name: text },
    });
  }
  return { folder, tag };
}
