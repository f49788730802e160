import { posix } from 'node:path';
import type { TreeView } from '../builder.ts';
import { logicalLines } from './logical-lines.ts';
import { invalidRequirements, type Place } from './place.ts';
import { EMPTY_SET, joinSets, notice, type RequirementSet, requirementSet } from './requirement-set.ts';

/** Reads a requirements file with all that it includes. A file that is included twice counts once.
 *  @throws {ToolError} REQUIREMENTS_INVALID with file and line: a loop of includes, a missing file, a line that cannot be read
 *  Source: pip's "Requirements File Format". */
export function readRequirementsFile(tree: TreeView, path: string): RequirementSet {
  return readFile({ tree, files: new Set(tree.files), seen: new Set() }, path, [], { file: path, line: null });
}

interface Reading {
  readonly tree: TreeView;
  readonly files: ReadonlySet<string>;
  /** What was read: the same file asked for again adds nothing. */
  readonly seen: Set<string>;
}

function readFile(reading: Reading, path: string, parents: readonly string[], asked: Place): RequirementSet {
  if (parents.includes(path)) {
    const loop = [...parents.slice(parents.indexOf(path)), path].join(' → ');
    throw invalidRequirements(asked, `the files include each other without end: ${loop}`);
  }
  if (reading.seen.has(path)) return EMPTY_SET;
  reading.seen.add(path);
  const text = reading.tree.readText(path);
  if (text === undefined) {
    const what = reading.files.has(path)
      ? `cannot read "${path}": it is not UTF-8 text`
      : `the source has no "${path}"`;
    throw invalidRequirements(asked, what);
  }
  const sets = logicalLines(text).map(({ text: line, number }) =>
    readLine(reading, line, [...parents, path], { file: path, line: number }),
  );
  return joinSets([{ ...EMPTY_SET, files: [path] }, ...sets]);
}

function readLine(reading: Reading, line: string, parents: readonly string[], place: Place): RequirementSet {
  const [, option, value = ''] = OPTION.exec(line) ?? [];
  if (option === undefined) {
    const [requirement = '', options = ''] = splitAt(line, line.search(/\s--/));
    return requirementSet(requirement, options, place);
  }
  const kind = OPTIONS[option];
  if (kind === 'include') return readFile(reading, includedPath(value, place), parents, place);
  if (kind === 'constrain') {
    const { lines, constraints, ...rest } = readFile(reading, includedPath(value, place), parents, place);
    // A constraint restricts and never asks: its hashes do not make the requirements need some.
    return { ...rest, lines: [], constraints: [...lines, ...constraints], requireHashes: false };
  }
  if (kind === 'editable') return requirementSet(value, '', place);
  if (kind === 'hashes') return { ...EMPTY_SET, requireHashes: true };
  if (kind === 'index') return joinSets([keep(line, place), ...credentialNotices(value, place)]);
  if (kind === 'links') return readLinks(value, place);
  if (kind === 'keep') return keep(line, place);
  if (kind === 'leave') return notice(place, `"${option}" is left out: uv has no such option`);
  throw invalidRequirements(place, `"${option}" is not an option of a requirements file`);
}

const OPTION = /^(-[a-z](?=\s|[^\s-])|--[a-z-]+)(?:[\s=]\s*)?(.*)$/;

const OPTIONS: Readonly<Record<string, string>> = {
  '-r': 'include',
  '--requirement': 'include',
  '-c': 'constrain',
  '--constraint': 'constrain',
  '-e': 'editable',
  '--editable': 'editable',
  '--require-hashes': 'hashes',
  '-i': 'index',
  '--index-url': 'index',
  '--extra-index-url': 'index',
  '-f': 'links',
  '--find-links': 'links',
  '--no-index': 'keep',
  '--no-binary': 'keep',
  '--only-binary': 'keep',
  '--pre': 'leave',
  '--prefer-binary': 'leave',
  '--trusted-host': 'leave',
  '--use-feature': 'leave',
};

function keep(text: string, place: Place): RequirementSet {
  return { ...EMPTY_SET, lines: [{ text, place, requirement: null }] };
}

function splitAt(text: string, at: number): readonly string[] {
  return at < 0 ? [text] : [text.slice(0, at).trim(), text.slice(at).trim()];
}

function includedPath(value: string, place: Place): string {
  if (/^[a-z]+:\/\//i.test(value)) throw invalidRequirements(place, `"${value}" is not a file of the source`);
  const path = posix.normalize(posix.join(posix.dirname(place.file), value));
  if (value.startsWith('/') || path.startsWith('../'))
    throw invalidRequirements(place, `"${value}" is outside of the source`);
  return path;
}

/** Where the plan is carried out the tree may be elsewhere: a folder of links would not be there. */
function readLinks(value: string, place: Place): RequirementSet {
  const isRemote = /^https?:\/\//i.test(value);
  return isRemote ? keep(`--find-links ${value}`, place) : notice(place, `the folder of links "${value}" is left out`);
}

function credentialNotices(url: string, place: Place): readonly RequirementSet[] {
  const { username = '' } = URL.parse(url) ?? {};
  if (username === '' || username.startsWith('$')) return [];
  return [notice(place, 'the URL of an index has credentials in it, for everybody who reads the source')];
}
