import { readFile } from 'node:fs/promises';
import { errorCode, ToolError } from '../../runtime/core/errors.ts';
import { type Coordinates, formatCoordinates } from './coordinates.ts';
import type { JarsWanted } from './jars-wanted.ts';
import type { RepositorySet } from './repositories.ts';
import type { RepositoryReader } from './repository-reader.ts';
import type { IvyResult } from './run-ivy.ts';

export interface IvyFailure {
  readonly wanted: JarsWanted;
  readonly reader: RepositoryReader;
  readonly set: RepositorySet;
  readonly result: IvyResult;
}

/** Why Ivy failed, by what its requests met and not by what it says: a wrong file, a repository that does not answer, a package that is nowhere. */
export async function explainIvyFailure({ wanted, reader, set, result }: IvyFailure): Promise<unknown> {
  const failures = [...reader.failures.values()];
  const worst = failures.find((error) => errorCode(error) === 'HASH_MISMATCH') ?? failures[0];
  if (worst !== undefined) return worst;
  const details = { lastLines: result.lines.slice(-KEPT_LINES) };
  const absent = absentPackages(reader.missing);
  if (absent.length === 0) return new ToolError('JARS_FAILED', 'Cannot resolve the packages: Ivy failed', { details });
  const asked = wanted.packages.find((one) => absent.includes(formatCoordinates(one)));
  const names = asked === undefined ? absent : [formatCoordinates(asked)];
  const why = asked === undefined ? ', which a package needs,' : '';
  const places = set.remotes.map(({ url }) => url.replace(/^https?:\/\/|\/+$/g, '')).join(', ');
  const versions = asked === undefined ? [] : await versionsOf(asked, reader);
  return new ToolError('JAR_NOT_FOUND', `Cannot find the package "${names.join('", "')}"${why} at ${places}`, {
    details: { ...details, packages: names, versions },
    ...(versions.length === 0 ? {} : { hint: `Name a version that is there: ${versions.join(', ')}` }),
  });
}

/** In the details of an error; people are given the report itself. */
export const KEPT_LINES = 30;

/** Those of which neither the description nor the jar is anywhere. */
function absentPackages(missing: ReadonlySet<string>): readonly string[] {
  return [...missing].flatMap((path) => {
    const stem = /^(.+)\.pom$/.exec(path)?.[1];
    if (stem === undefined || !missing.has(`${stem}.jar`)) return [];
    const [version = '', artifact = '', ...group] = stem.split('/').slice(0, -1).toReversed();
    return [formatCoordinates({ group: group.toReversed().join('.'), artifact, version })];
  });
}

/** The newest versions that the repositories list, those that begin as the wanted one does before others. */
async function versionsOf(
  { group, artifact, version }: Coordinates,
  reader: RepositoryReader,
): Promise<readonly string[]> {
  const file = await reader.find(`${group.replaceAll('.', '/')}/${artifact}/maven-metadata.xml`);
  const text = file === undefined ? '' : await readFile(file, 'utf8');
  const all = [...text.matchAll(/<version>\s*([^<\s]+)\s*<\/version>/g)].map((match) => match[1] ?? '');
  const [series = ''] = /^\d+(\.\d+)?/.exec(version) ?? [];
  const stable = all.filter((one) => !one.includes('-'));
  const near = (stable.length > 0 ? stable : all).filter((one) => one === series || one.startsWith(`${series}.`));
  return (near.length > 0 ? near : stable.length > 0 ? stable : all)
    .toSorted(byNumbers)
    .slice(-SHOWN_VERSIONS)
    .toReversed();
}

const SHOWN_VERSIONS = 5;

function byNumbers(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
