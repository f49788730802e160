import type { TreeView } from '../builder.ts';
import { invalidRequirements, type Place } from './place.ts';
import { EMPTY_SET, joinSets, notice, type RequirementLine, type RequirementSet } from './requirement-set.ts';
import { tableDependency } from './table-dependency.ts';
import { isTable, readToml, type Table, tableAt, textOf } from './toml.ts';

export const PIPFILE = 'Pipfile';
export const PIPFILE_LOCK = 'Pipfile.lock';

/** The default packages of a Pipfile.
 *  @throws {ToolError} REQUIREMENTS_INVALID */
export function readPipfile(tree: TreeView): RequirementSet {
  const document = readToml(tree, PIPFILE) ?? {};
  const place = { file: PIPFILE, line: null };
  const own = { ...EMPTY_SET, files: [PIPFILE], lines: indexLines(document.source, place) };
  const packages = Object.entries(tableAt(document, 'packages'));
  return joinSets([own, ...packages.flatMap(([name, value]) => tableDependency(name, value, place))]);
}

/** The default packages of a Pipfile.lock, with their hashes when every one has some.
 *  @throws {ToolError} REQUIREMENTS_INVALID */
export function readPipfileLock(tree: TreeView): RequirementSet {
  const place = { file: PIPFILE_LOCK, line: null };
  const document = readJson(tree, place);
  const packages = Object.entries(tableAt(document, 'default'));
  const bare = packages.filter(([, value]) => tableAt(value).hashes === undefined).map(([name]) => name);
  const read = packages.map(([name, value]): readonly [string, Table] => {
    const { hashes, ...rest } = tableAt(value);
    return [name, bare.length > 0 || hashes === undefined ? rest : { ...rest, hashes }];
  });
  const lines = indexLines(tableAt(document, '_meta').sources, place);
  const without = `hashes are not checked, because ${bare.join(', ')} ${bare.length === 1 ? 'has' : 'have'} none`;
  return joinSets([
    { ...EMPTY_SET, files: [PIPFILE_LOCK], lines },
    ...read.flatMap(([name, value]) => tableDependency(name, value, place)),
    ...(bare.length > 0 ? [notice(place, without)] : []),
  ]);
}

/** The public index is what is used anyway; naming it would override the user's own. */
const PUBLIC_INDEX = /^https:\/\/pypi\.(?:org|python\.org)\/simple\/?$/;

/** The first source takes the place of the public index, as it does in Pipenv. */
function indexLines(sources: unknown, place: Place): readonly RequirementLine[] {
  const urls = (Array.isArray(sources) ? sources : []).flatMap((source) => textOf(tableAt(source).url) ?? []);
  const options = urls.map((url, index) => ({ url, option: index === 0 ? '--index-url' : '--extra-index-url' }));
  return options
    .filter(({ url }) => !PUBLIC_INDEX.test(url))
    .map(({ url, option }) => ({ text: `${option} ${url}`, place, requirement: null }));
}

function readJson(tree: TreeView, place: Place): Table {
  const text = tree.readText(place.file);
  if (text === undefined) throw invalidRequirements(place, 'it is not UTF-8 text of at most 1 MiB');
  try {
    const value: unknown = JSON.parse(text);
    if (isTable(value)) return value;
  } catch (cause) {
    throw invalidRequirements(place, 'it is not JSON', cause);
  }
  throw invalidRequirements(place, 'it is not a JSON object');
}
