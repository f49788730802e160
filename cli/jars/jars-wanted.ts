import { ToolError } from '../../runtime/core/errors.ts';
import type { Properties } from '../../runtime/core/properties.ts';
import { splitList } from '../../runtime/core/submit-options.ts';
import { type Coordinates, parseCoordinates, parseExclusion } from './coordinates.ts';

/** The JVM packages of a job, from wherever they were named. */
export interface JarsWanted {
  /** At least one. */
  readonly packages: readonly Coordinates[];
  readonly excluded: readonly Pick<Coordinates, 'group' | 'artifact'>[];
  readonly repositories: readonly string[];
  /** The user's own settings of Ivy (`spark.jars.ivySettings`): then Ivy resolves by them, and by nothing else. */
  readonly ivySettings: string | null;
}

export interface JarsAsked {
  readonly packages: readonly string[];
  readonly excludePackages: readonly string[];
  readonly repositories: readonly string[];
  /** All properties of the job, the most important last. */
  readonly properties: Properties;
}

/** What lists and properties ask for, added up: `--packages` does not take away what spark-defaults.conf says. `null` when nothing is asked for.
 *  @throws {ToolError} USAGE for what is no package, and for two versions of one */
export function jarsWanted({ packages, excludePackages, repositories, properties }: JarsAsked): JarsWanted | null {
  const all = unique([...packages, ...splitList(properties['spark.jars.packages'] ?? '')]);
  if (all.length === 0) return null;
  const coordinates = all.map(parseCoordinates);
  checkVersions(coordinates);
  return {
    packages: coordinates,
    excluded: unique([...excludePackages, ...splitList(properties['spark.jars.excludes'] ?? '')]).map(parseExclusion),
    repositories: unique([...repositories, ...splitList(properties['spark.jars.repositories'] ?? '')]),
    ivySettings: properties['spark.jars.ivySettings'] ?? null,
  };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

/** @throws {ToolError} USAGE when two versions of one package are asked for */
function checkVersions(packages: readonly Coordinates[]): void {
  for (const one of packages) {
    const other = packages.find((two) => two !== one && two.group === one.group && two.artifact === one.artifact);
    if (other === undefined) continue;
    throw new ToolError(
      'USAGE',
      `Cannot use two versions of the package ${one.group}:${one.artifact}: ${one.version} and ${other.version}`,
      { hint: 'Name the package once', details: { package: `${one.group}:${one.artifact}` } },
    );
  }
}
