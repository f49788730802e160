import type { TreeView } from '../builder.ts';
import type { Place } from './place.ts';
import { normalise } from './requirement.ts';
import { EMPTY_SET, joinSets, notice, type RequirementSet, requirementSet } from './requirement-set.ts';
import { readRequirementsFile } from './requirements-file.ts';
import { tableDependency } from './table-dependency.ts';
import { readToml, type Table, tableAt, textOf, textsOf } from './toml.ts';

export const PYPROJECT = 'pyproject.toml';

/** The dependencies in pyproject.toml: `[project]`, with the extras asked for, or Poetry's table; `undefined` when it has neither.
 *  @throws {ToolError} REQUIREMENTS_INVALID
 *  Source: the Python packaging guide, "pyproject.toml specification". */
export function readPyproject(tree: TreeView, extras: readonly string[]): RequirementSet | undefined {
  const document = readToml(tree, PYPROJECT);
  if (document === undefined) return undefined;
  const own = { ...EMPTY_SET, files: [PYPROJECT] };
  const project = tableAt(document, 'project');
  if (project.dependencies !== undefined) return joinSets([own, ...standard(tree, document, project, extras)]);
  if (textsOf(project.dynamic).includes('dependencies')) return joinSets([own, ...dynamic(tree, document)]);
  const poetry = tableAt(document, 'tool', 'poetry');
  if (poetry.dependencies !== undefined) return joinSets([own, ...readPoetry(tree, poetry)]);
  return undefined;
}

function standard(
  tree: TreeView,
  document: Table,
  project: Table,
  extras: readonly string[],
): readonly RequirementSet[] {
  const optional = Object.entries(tableAt(project, 'optional-dependencies'));
  const chosen = optional.filter(([name]) => extras.includes(normalise(name))).flatMap(([, list]) => textsOf(list));
  const sources = tableAt(document, 'tool', 'uv', 'sources');
  return [...textsOf(project.dependencies), ...chosen].map((text) => {
    const place = placeOf(tree, text);
    const set = requirementSet(text, '', place);
    const name = set.lines[0]?.requirement?.name;
    const source = Object.entries(sources).find(([key]) => normalise(key) === name)?.[1];
    return name === undefined || source === undefined ? set : fromSource(name, set, source, place);
  });
}

/** `[tool.uv.sources]` says where a package comes from. */
function fromSource(name: string, set: RequirementSet, source: unknown, place: Place): RequirementSet {
  const table = tableAt(source);
  const requirement = set.lines[0]?.requirement;
  if (table.workspace === true) return notice(place, `"${name}" is left out: it is a member of a workspace`);
  if ((textOf(table.git) ?? textOf(table.url) ?? textOf(table.path)) === undefined) return set;
  const { extras = [], marker = null } = requirement ?? {};
  return joinSets(tableDependency(name, { ...table, extras, ...(marker === null ? {} : { markers: marker }) }, place));
}

/** Setuptools can read them from requirements files; other back ends would have to be run. */
function dynamic(tree: TreeView, document: Table): readonly RequirementSet[] {
  const files = textsOf(tableAt(document, 'tool', 'setuptools', 'dynamic', 'dependencies').file);
  if (files.length > 0) return files.map((file) => readRequirementsFile(tree, file));
  return [notice(placeOf(tree, 'dynamic'), 'the dependencies are dynamic: they are not read')];
}

function readPoetry(tree: TreeView, poetry: Table): readonly RequirementSet[] {
  const dependencies = Object.entries(tableAt(poetry, 'dependencies')).filter(([name]) => name !== 'python');
  const sources = Array.isArray(poetry.source) ? poetry.source : [];
  const place = { file: PYPROJECT, line: null };
  const indexes = sources.flatMap((source) => textOf(tableAt(source).url) ?? []);
  return [
    { ...EMPTY_SET, lines: indexes.map((url) => ({ text: `--extra-index-url ${url}`, place, requirement: null })) },
    ...dependencies.flatMap(([name, value]) => tableDependency(name, value, placeOf(tree, name))),
  ];
}

/** TOML values come without a place: the first line with the text that is not a comment is where a person would look. */
function placeOf(tree: TreeView, text: string): Place {
  const lines = (tree.readText(PYPROJECT) ?? '').split('\n');
  const index = lines.findIndex((line) => line.includes(text) && !line.trimStart().startsWith('#'));
  return { file: PYPROJECT, line: index < 0 ? null : index + 1 };
}
