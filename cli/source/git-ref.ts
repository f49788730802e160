import { distance } from 'fastest-levenshtein';
import { ToolError } from '../../runtime/core/errors.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: git-check-ref-format refuses control characters
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|^@$/;
const NEAREST = 3;
const ALIASES = new Map([
  ['main', 'master'],
  ['master', 'main'],
]);

/** Checks the name of a branch, a tag or a commit by the rules of git-check-ref-format, and refuses what git would read as an option.
 *  @throws {ToolError} SOURCE_UNSAFE for a leading dash, SOURCE_INVALID otherwise.
 *  Source: https://git-scm.com/docs/git-check-ref-format */
export function checkRef(ref: string): string {
  if (ref.startsWith('-')) throw refused('SOURCE_UNSAFE', ref, 'it reads as an option');
  if (ref === '') throw refused('SOURCE_INVALID', ref, 'it is empty');
  const parts = ref.split('/');
  if (FORBIDDEN.test(ref) || parts.some((part) => part.startsWith('.') || part.endsWith('.lock'))) {
    throw refused('SOURCE_INVALID', ref, 'git does not allow such a name', folderHint(ref));
  }
  return ref;
}

/** Whether a ref can be a commit id, whole or the beginning of one. */
export function isCommitId(ref: string): boolean {
  return /^[0-9a-f]{4,64}$/.test(ref);
}

export function isWholeCommitId(ref: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(ref);
}

/** The names most like `wanted`, best first, at most three; main and master stand for each other. */
export function nearestNames(wanted: string, names: readonly string[]): readonly string[] {
  const alias = ALIASES.get(wanted);
  const farthest = Math.max(2, Math.floor(wanted.length / 2));
  return [...new Set(names)]
    .map((name) => ({ name, far: name === alias ? 0 : distance(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ far }) => far <= farthest)
    .sort((a, b) => a.far - b.far || a.name.localeCompare(b.name))
    .slice(0, NEAREST)
    .map(({ name }) => name);
}

/** Other programs write a folder behind the ref: `main:jobs/report`. */
function folderHint(ref: string): string | undefined {
  const folder = /^[^:]*:([^:]+)$/.exec(ref)?.[1];
  return folder === undefined ? undefined : `Name a folder of the repository with --context-dir ${folder}`;
}

function refused(
  code: 'SOURCE_UNSAFE' | 'SOURCE_INVALID',
  ref: string,
  why: string,
  hint = 'Name a branch, a tag or a commit after the "#"',
): ToolError {
  return new ToolError(code, `Cannot use ${JSON.stringify(ref)} as a git ref: ${why}`, { hint });
}
