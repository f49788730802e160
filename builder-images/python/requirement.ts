import { validRange } from '@renovatebot/pep440';
import { invalidRequirements, type Place } from './place.ts';

/** One requirement, taken apart. Source: PEP 508. */
export interface Requirement {
  /** Normalised: lower case, with `-`. Source: PEP 503. */
  readonly name: string;
  readonly extras: readonly string[];
  /** `>=1,<2`; empty when any version does. */
  readonly specifier: string;
  /** After `@`; `null` when it comes from an index. */
  readonly url: string | null;
  /** After `;`; `null` when it always applies. */
  readonly marker: string | null;
}

/** A requirement of pyspark: it is not installed, and chooses the Spark to run on. */
export interface SparkRequirement {
  /** `requirements.txt:3` */
  readonly from: string;
  readonly requirement: Requirement;
}

/** What a line without its options can be. */
export type RequirementTarget =
  | { readonly kind: 'named'; readonly requirement: Requirement }
  /** A path or `file:` URL, perhaps with extras: `.`, `./libs/x`, `x.whl`, `.[dev]`. */
  | { readonly kind: 'local'; readonly path: string; readonly extras: readonly string[] }
  /** A bare URL: `https://host/x.whl`, `git+https://…`. */
  | { readonly kind: 'url' };

/** @throws {ToolError} REQUIREMENTS_INVALID naming the place */
export function parseTarget(text: string, place: Place): RequirementTarget {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text.startsWith('file:') ? localTarget(text) : { kind: 'url' };
  if (isLocal(text)) return localTarget(text);
  const requirement = parseRequirement(text, place);
  const isFile = requirement.url !== null && !/^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(requirement.url);
  return isFile && requirement.url !== null ? localTarget(requirement.url) : { kind: 'named', requirement };
}

/** @throws {ToolError} REQUIREMENTS_INVALID naming the place */
export function parseRequirement(text: string, place: Place): Requirement {
  const head = HEAD.exec(text);
  if (!head) throw invalidRequirements(place, `"${text}" does not begin with the name of a package`);
  const rest = text.slice(head[0].length);
  const name = normalise(head[1] ?? '');
  const extras = splitExtras(head[2] ?? '');
  if (rest.startsWith('@')) {
    const [, url = '', marker] = /^@\s*(\S+)(?:\s+;\s*(.*))?$/.exec(rest) ?? [];
    if (url === '') throw invalidRequirements(place, `"${text}" has no URL after "@"`);
    return { name, extras, specifier: '', url, marker: marker ?? null };
  }
  const [versions = '', ...markers] = rest.split(';');
  const specifier = versions.trim().replace(/^\((.*)\)$/, '$1');
  if (!validRange(specifier)) {
    throw invalidRequirements(place, `"${specifier}" is not a version specifier, such as ==1.2, >=1,<2 or ~=1.4`);
  }
  return { name, extras, specifier, url: null, marker: markers.length === 0 ? null : markers.join(';').trim() };
}

/** As in requirements.txt. */
export function formatRequirement({ name, extras, specifier, url, marker }: Requirement): string {
  const list = extras.length === 0 ? '' : `[${extras.join(',')}]`;
  const from = url === null ? specifier : ` @ ${url}`;
  return `${name}${list}${from}${marker === null ? '' : ` ; ${marker}`}`;
}

export function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

const HEAD = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*/;

function splitExtras(text: string): readonly string[] {
  return text
    .split(',')
    .map((extra) => normalise(extra.trim()))
    .filter((extra) => extra !== '');
}

/** pip takes for a path what begins as one, has a slash in its name, or names an archive. */
function isLocal(text: string): boolean {
  return /^[./~]/.test(text) || /^[^\s@;=<>:[]+\//.test(text) || /^[^\s@;=<>]+\.(?:whl|tar\.gz|zip)$/.test(text);
}

function localTarget(text: string): RequirementTarget {
  const [, path = text, extras = ''] = /^([^[;]*)(?:\[([^\]]*)\])?/.exec(text) ?? [];
  return { kind: 'local', path: path.trim(), extras: splitExtras(extras) };
}
