import { ToolError } from '../../runtime/core/errors.ts';

/** Maven's name of a package. */
export interface Coordinates {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
}

/** `group:artifact:version`, or `group/artifact:version`, as spark-submit takes them.
 *  @throws {ToolError} USAGE for anything else */
export function parseCoordinates(text: string): Coordinates {
  const parts = text.trim().replace('/', ':').split(':');
  const [group = '', artifact = '', version = ''] = parts;
  if (parts.length === 3 && [group, artifact, version].every((part) => PART.test(part)))
    return { group, artifact, version };
  throw new ToolError('USAGE', `Cannot read the package "${text}": it is not group:artifact:version`, {
    hint: 'Write packages as org.postgresql:postgresql:42.7.7',
    details: { package: text },
  });
}

/** `group:artifact`; a part may be `*`. @throws {ToolError} USAGE for anything else */
export function parseExclusion(text: string): Omit<Coordinates, 'version'> {
  const parts = text.trim().split(':');
  const [group = '', artifact = ''] = parts;
  if (parts.length === 2 && [group, artifact].every((part) => PART.test(part) || part === '*'))
    return { group, artifact };
  throw new ToolError('USAGE', `Cannot read the excluded package "${text}": it is not group:artifact`, {
    details: { package: text },
  });
}

export function formatCoordinates({ group, artifact, version }: Coordinates): string {
  return `${group}:${artifact}:${version}`;
}

/** Ranges and `latest.release` have further signs; nothing here can leave a path or a mark-up. */
const PART = /^[A-Za-z0-9_.+\-[\](),]+$/;
