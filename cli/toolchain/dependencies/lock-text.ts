import { normalizeName } from '../../packages/simple-index.ts';

/** One package of a resolved set: its line of a requirements file, with the lines of its hashes. */
export interface LockedPackage {
  /** Normalised. */
  readonly name: string;
  /** `null` where it comes from a URL. */
  readonly version: string | null;
  readonly text: string;
}

/** The packages of a requirements file as uv writes it. */
export function lockedPackages(lock: string): readonly LockedPackage[] {
  const logical = lock.replace(/\\\r?\n\s*/g, ' ').split(/\r?\n/);
  return logical.flatMap((line) => {
    const match = /^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*(?:==\s*([^\s;]+)|@)/.exec(line);
    return match ? [{ name: normalizeName(match[1] ?? ''), version: match[2] ?? null, text: line }] : [];
  });
}

/** The options of a requirements file that say where packages come from: a resolved set is installed with the same. */
export function optionLines(requirements: string): readonly string[] {
  return requirements.split(/\r?\n/).filter((line) => /^--?(?!e\b|editable\b)[a-z]/.test(line));
}
