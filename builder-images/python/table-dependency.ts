import { invalidRequirements, type Place } from './place.ts';
import { caretRange, tildeRange } from './poetry-range.ts';
import { formatRequirement, normalise } from './requirement.ts';
import { notice, type RequirementSet, requirementSet } from './requirement-set.ts';
import { isTable, type Table, textOf, textsOf } from './toml.ts';

/** A dependency as Poetry's and Pipenv's tables have it: `flask = "^3"`, `flask = { version = "*", extras = ["async"] }`.
 *  @throws {ToolError} REQUIREMENTS_INVALID naming the package */
export function tableDependency(name: string, value: unknown, place: Place): readonly RequirementSet[] {
  if (Array.isArray(value)) return value.flatMap((one) => tableDependency(name, one, place));
  const table: Table = isTable(value) ? value : { version: value };
  if (table.optional === true) return [];
  const local = textOf(table.path);
  if (local !== undefined) return [requirementSet(local, '', place)];
  if (textOf(table.hg) ?? textOf(table.svn)) return [notice(place, `"${name}" is left out: it is not in git`)];
  const requirement = {
    name: normalise(name),
    extras: textsOf(table.extras).map(normalise),
    specifier: toSpecifier(textOf(table.version) ?? '*', name, place),
    url: urlOf(table),
    marker: markerOf(table, name, place),
  };
  const hashes = textsOf(table.hashes).map((hash) => `--hash=${hash}`);
  const text = formatRequirement(requirement.url === null ? requirement : { ...requirement, specifier: '' });
  return [requirementSet(text, hashes.join(' '), place)];
}

/** `^1.2`, `~1.2`, `*`, `1.2` and lists of them → a specifier of PEP 440.
 *  Source: Poetry's "Dependency specification", "Version constraints". */
export function toSpecifier(version: string, name: string, place: Place): string {
  if (version.includes('||') || /\s\|\s/.test(version)) {
    throw invalidRequirements(place, `"${name}" has alternatives ("${version}"), which requirements cannot say`);
  }
  return version
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '*')
    .map(specifierOf)
    .join(',');
}

function specifierOf(part: string): string {
  if (part.startsWith('^')) return caretRange(part.slice(1).trim());
  if (part.startsWith('~') && !part.startsWith('~=')) return tildeRange(part.slice(1).trim());
  if (/^[<>=!~]/.test(part)) return part.replace(/^=(?!=)/, '==').replace(/\s+/g, '');
  return `==${part}`;
}

function urlOf(table: Table): string | null {
  const git = textOf(table.git);
  if (git === undefined) return textOf(table.url) ?? textOf(table.file) ?? null;
  const ref = [table.rev, table.ref, table.tag, table.branch].map(textOf).find((text) => text !== undefined);
  const url = /^[a-z]+:\/\//.test(git) ? git : `ssh://${git.replace(':', '/')}`;
  const folder = textOf(table.subdirectory);
  return `git+${url}${ref === undefined ? '' : `@${ref}`}${folder === undefined ? '' : `#subdirectory=${folder}`}`;
}

function markerOf(table: Table, name: string, place: Place): string | null {
  const python = textOf(table.python);
  const versions = python === undefined ? [] : toSpecifier(python, name, place).split(',').filter(Boolean);
  const markers = [
    ...versions.map((version) => version.replace(/^([<>=!~]+)(.*)$/, 'python_version $1 "$2"')),
    ...textsOf(table.markers),
    ...textsOf(table.platform).map((platform) => `sys_platform == "${platform}"`),
  ];
  if (markers.length === 0) return null;
  return markers.length === 1 ? (markers[0] ?? null) : markers.map((marker) => `(${marker})`).join(' and ');
}
