import type { LockedJar } from '../jars/jar-lock.ts';

/** A Python package as it was locked. */
export interface Distribution {
  /** Normalised. */
  readonly name: string;
  /** `null` for one that comes from a URL. */
  readonly version: string | null;
  /** The SHA-256 of each file that it may be installed from, in hexadecimal digits: which it was, nobody says. */
  readonly sha256: readonly string[];
}

/** What is in an image beside its builder and the application's own files. */
export interface Inventory {
  readonly distributions: readonly Distribution[];
  readonly jars: readonly LockedJar[];
}

/** `name==version` each, sorted; without what has no version. */
export function dependencyNames(distributions: readonly Distribution[]): readonly string[] {
  return distributions.flatMap(({ name, version }) => (version === null ? [] : [`${name}==${version}`])).toSorted();
}
