import { normalizeName } from '../packages/simple-index.ts';

/** One line of a requirements file that names a project of the index. */
export interface Requirement {
  /** Normalised. */
  readonly name: string;
  /** `==2.0`, `>=1,<2`; empty for any version. */
  readonly specifiers: string;
  /** As it was written, without hashes and markers. */
  readonly text: string;
}

/** The requirements of a text that an index can answer for: no options, URLs or paths.
 *  Source: packaging.python.org, "Dependency specifiers". */
export function readRequirements(text: string): readonly Requirement[] {
  const lines = text.replace(/\\\r?\n/g, ' ').split(/\r?\n/);
  return lines.flatMap((line) => {
    const content =
      line
        .replace(/(^|\s)#.*$/, '')
        .replace(/\s--hash[=\s].*$/, '')
        .split(';')[0]
        ?.trim() ?? '';
    if (hasLocalRequirements(content)) return [];
    const match = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?((?:[<>=!~].*?)?)\)?$/.exec(content);
    return match ? [{ name: normalizeName(match[1] ?? ''), specifiers: (match[2] ?? '').trim(), text: content }] : [];
  });
}

/** Whether a text asks for what lies in the source tree, so that the text alone does not say what will be installed. */
export function hasLocalRequirements(text: string): boolean {
  return LOCAL.test(text);
}

const LOCAL =
  /^\s*(-e\b|--editable\b|\.{1,2}(\/|\s|\[|$)|\/)|@\s*file:|^[^#\s@]+\/\S*\s*$|^[^#\s@]+\.(whl|zip|tar\.gz)\s*$/m;
