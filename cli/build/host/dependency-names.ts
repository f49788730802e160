import { readRequirements } from '../../toolchain/requirement.ts';

/** The packages of a lock, `name==version` each, sorted; what is no such line is left out. */
export function dependencyNames(lock: string): readonly string[] {
  return readRequirements(lock)
    .flatMap(({ name, specifiers }) => {
      const version = /^===?\s*([^,*\s]+)$/.exec(specifiers)?.[1];
      return version === undefined ? [] : [`${name}==${version}`];
    })
    .toSorted();
}
