import { ToolError } from '../../../runtime/core/errors.ts';

/** Reads `.s2i/environment`: `NAME=value` lines, `#` comments. The last line of a name wins.
 *  @throws {ToolError} ENVIRONMENT_INVALID with the line
 *  Source: the contract of openshift/source-to-image. */
export function parseEnvironmentFile(text: string, name: string): Readonly<Record<string, string>> {
  const entries = text.split(/\r?\n/).flatMap((line, index): readonly (readonly [string, string])[] => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const at = trimmed.indexOf('=');
    const key = trimmed.slice(0, at).trim();
    if (at < 1 || !/^[A-Za-z_][\w.-]*$/.test(key)) {
      throw new ToolError('ENVIRONMENT_INVALID', `Cannot read ${name}, line ${index + 1}: it is no NAME=value`);
    }
    return [[key, trimmed.slice(at + 1)]];
  });
  return Object.fromEntries(entries);
}
