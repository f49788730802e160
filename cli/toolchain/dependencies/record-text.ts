import { errorMessage, redact } from '../../../runtime/core/errors.ts';
import type { ResolveAt } from '../../config/resolve-at.ts';
import type { Climb, Try } from './climb.ts';
import { framesIn } from './frames.ts';
import type { DependencyRecord } from './record.ts';

/** A set that works, and where it is installed, below the cache. */
export interface FoundSet {
  /** In the format of requirements.txt. */
  readonly lock: string;
  readonly tree: string;
}

export interface ReasonInput {
  readonly found: Extract<Climb<FoundSet>, { kind: 'found' }>;
  readonly resolveAt: ResolveAt;
  readonly hasCommit: boolean;
  /** Now, ISO 8601. */
  readonly now: string;
  /** `3.11`, `4.2`. */
  readonly python: string;
  readonly series: string;
}

/** Of which time a set is, and why it is not of the one asked for: `as of the commit: 2019-06-03`. */
export function reasonFor(input: ReasonInput): Pick<DependencyRecord, 'when' | 'why'> {
  const { found, series } = input;
  const { framesAt } = found.rung;
  const lifted = framesAt === null ? [] : framesIn(found.value.lock).names;
  const day = dayOf(framesAt ?? '');
  const more = lifted.length === 0 ? '' : ` (${lifted.join(', ')} as of ${day}, which Spark ${series} needs)`;
  const { when, why } = timeReason(input);
  return { when: `${when}${more}`, why };
}

function timeReason({ found, resolveAt, hasCommit, now, python }: ReasonInput): Pick<DependencyRecord, 'when' | 'why'> {
  const { rung, tried, timelessHost } = found;
  const [first] = tried;
  if (rung.at === null) {
    const when = `as of now: ${dayOf(now)}`;
    if (timelessHost !== null) return { when, why: `the index at "${timelessHost}" gives no upload dates` };
    if (first !== undefined) return { when, why: problemOf(first, python) };
    return { when, why: resolveAt.kind === 'commit' && !hasCommit ? 'the source is not a commit' : null };
  }
  if (resolveAt.kind === 'date') return { when: `as asked for: ${resolveAt.text}`, why: null };
  // The same time with newer frame packages is still the commit's.
  if (first === undefined || first.rung.at === rung.at) {
    return { when: `as of the commit: ${dayOf(rung.at)}`, why: null };
  }
  return { when: `as of ${dayOf(rung.at)}`, why: problemOf(first, python) };
}

function problemOf({ rung, stage, error }: Try, python: string): string {
  const what = { resolves: 'does not install', imports: 'does not import', runs: 'does not work' }[stage];
  return `what there was at the commit (${dayOf(rung.at ?? '')}) ${what} on Python ${python}: ${shortProblem(error)}`;
}

/** Both in one sentence. */
export function describeReason({ when, why }: Pick<DependencyRecord, 'when' | 'why'>): string {
  return why === null ? when : `${when}, because ${why}`;
}

const PROBLEM_LENGTH = 160;
const UV_PREFIX =
  /^Cannot install the dependencies: (?:error: )?(?:No solution found when resolving dependencies )?(?:cause: )?/;

export function shortProblem(error: unknown): string {
  const text = errorMessage(error).replace(UV_PREFIX, '');
  return text.length > PROBLEM_LENGTH ? `${text.slice(0, PROBLEM_LENGTH - 1)}…` : text;
}

/** `2019-06-03` */
export function dayOf(time: string): string {
  return time.slice(0, 10);
}

/** Below this age nobody needs to be told that a set is not the newest. */
const OLD_MS = 7 * 86_400_000;

/** What a user should know about a set that is older than it could be; `undefined` for one that is not. */
export function ageNotice(
  { asOf, isNow }: DependencyRecord,
  now: number,
): { message: string; hint: string } | undefined {
  if (asOf === null || now - Date.parse(asOf) < OLD_MS) return undefined;
  const what = isNow ? 'were resolved on' : 'are as of';
  return {
    message: `The dependencies ${what} ${dayOf(asOf)}: not the newest, and what is known to be vulnerable in them is not mended`,
    // What was once found as of now is taken again under --resolve-at now.
    hint: 'Give --upgrade to resolve them anew as of now',
  };
}

/** The set as a file for people and for pip: what it is, why, and every package with its hashes. */
export function recordText(record: DependencyRecord): string {
  const tried = record.tried.map(({ asOf, problem }) => `tried: as of ${asOf}: ${problem}`);
  const head = [
    `The dependencies of this run, ${describeReason(record)}`,
    ...tried,
    ...(record.asOf === null || record.isNow
      ? []
      : [`Newer versions than those of ${dayOf(record.asOf)} may mend known vulnerabilities.`]),
  ];
  const comment = head.flatMap((text) => text.split('\n')).map((line) => `# ${line}\n`);
  return redact([...comment, record.lock].join(''));
}
