import { posix } from 'node:path';
import { formatPlace, invalidRequirements, type Place } from './place.ts';
import { parseTarget, type Requirement, type RequirementTarget } from './requirement.ts';

/** One line of the result, in the format of requirements.txt. */
export interface RequirementLine {
  readonly text: string;
  readonly place: Place;
  /** `null` for an option, and for a URL whose package is not named. */
  readonly requirement: Requirement | null;
}

/** What the files of a tree ask for, before Spark is taken out. */
export interface RequirementSet {
  readonly lines: readonly RequirementLine[];
  readonly constraints: readonly RequirementLine[];
  readonly requireHashes: boolean;
  /** The extras with which the source itself is asked for (`-e .[dev]`); `null` when it is not. */
  readonly ownExtras: readonly string[] | null;
  /** The files it was made from. */
  readonly files: readonly string[];
  readonly notices: readonly string[];
}

export const EMPTY_SET: RequirementSet = {
  lines: [],
  constraints: [],
  requireHashes: false,
  ownExtras: null,
  files: [],
  notices: [],
};

export function joinSets(sets: readonly RequirementSet[]): RequirementSet {
  return {
    lines: sets.flatMap(({ lines }) => lines),
    constraints: sets.flatMap(({ constraints }) => constraints),
    requireHashes: sets.some(({ requireHashes }) => requireHashes),
    ownExtras: sets.map(({ ownExtras }) => ownExtras).reduce(joinExtras, null),
    files: [...new Set(sets.flatMap(({ files }) => files))],
    notices: sets.flatMap(({ notices }) => notices),
  };
}

export function notice(place: Place, text: string): RequirementSet {
  return { ...EMPTY_SET, notices: [`${formatPlace(place)}: ${text}`] };
}

/** The set of one requirement as it is written; its hashes and other options in `options`.
 *  @throws {ToolError} REQUIREMENTS_INVALID naming the place */
export function requirementSet(text: string, options: string, place: Place): RequirementSet {
  const target = parseTarget(text, place);
  if (target.kind === 'local') return localSet(target, place);
  const line = options === '' ? text : `${text} ${options}`;
  const requirement = target.kind === 'named' ? target.requirement : null;
  return { ...EMPTY_SET, lines: [{ text: line, place, requirement }], requireHashes: options.includes('--hash') };
}

/** A folder or a file. The source itself is on the Python path as it is, so only what it depends on is wanted. */
function localSet({ path, extras }: Extract<RequirementTarget, { kind: 'local' }>, place: Place): RequirementSet {
  const plain = path.replace(/^file:/, '');
  const target = posix.normalize(plain).replace(/\/$/, '');
  if (/^[/~]/.test(plain) || target === '..' || target.startsWith('../')) {
    throw invalidRequirements(place, `"${path}" is outside of the source`);
  }
  if (target !== '.') return notice(place, `"${path}" is left out: only packages from an index or a URL are installed`);
  const said = notice(place, `"${path}" is not installed: the source is on the Python path as it is`);
  return { ...said, ownExtras: extras };
}

type Extras = readonly string[] | null;

function joinExtras(a: Extras, b: Extras): Extras {
  return a === null || b === null ? (a ?? b) : [...new Set([...a, ...b])];
}
