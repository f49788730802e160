import type { Ctx } from '../../runtime/core/context.ts';
import { ERROR_CATALOG } from '../../runtime/core/error-catalog.ts';
import { type Check, type Finding, failure, ok, warning } from './check.ts';

/** `version` gives what `git --version` prints, `undefined` when there is no git that runs. */
export function gitCheck(version: (ctx: Ctx) => Promise<string | undefined>): Check {
  return { name: 'git', run: async (ctx) => judgeGit(await version(ctx)) };
}

type Version = readonly [major: number, minor: number, patch: number];

/** The first that can fetch a commit as hibana asks for it. */
const LEAST_GIT: Version = [2, 25, 0];
/** In each series of git 2 the first without CVE-2025-48384 (a submodule writes where it should not); later series never had it.
 *  Source: GitHub advisory GHSA-vwqx-4fm8-6qc9. */
const FIXED_PATCHES: Readonly<Record<number, number>> = { 43: 7, 44: 4, 45: 4, 46: 4, 47: 3, 48: 2, 49: 1, 50: 1 };
const LAST_FIXED_SERIES = 50;

function judgeGit(answer: string | undefined): Finding {
  if (answer === undefined) return failure('no git on the PATH', ERROR_CATALOG.GIT_MISSING.hint);
  const version = parseGitVersion(answer);
  if (!version) return warning(`cannot read its version: "${answer.trim()}"`, ERROR_CATALOG.GIT_MISSING.hint);
  const text = version.join('.');
  if (compare(version, LEAST_GIT) < 0) return failure(`${text}, too old`, ERROR_CATALOG.GIT_MISSING.hint);
  if (isFixed(version)) return ok(text);
  const [, minor] = version;
  const fixed = FIXED_PATCHES[minor] === undefined ? '2.43.7' : `2.${minor}.${FIXED_PATCHES[minor]}`;
  return warning(
    `${text} has CVE-2025-48384, unless your distribution has mended it`,
    `Upgrade git to ${fixed} or newer, and until then run no source that you do not trust with --submodules`,
  );
}

/** `git version 2.39.5 (Apple Git-154)`, `git version 2.50.1.windows.1` */
function parseGitVersion(answer: string): Version | undefined {
  const match = /^git version (\d+)\.(\d+)(?:\.(\d+))?/.exec(answer);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

function isFixed([major, minor, patch]: Version): boolean {
  if (major !== 2 || minor > LAST_FIXED_SERIES) return major >= 2;
  return patch >= (FIXED_PATCHES[minor] ?? Number.POSITIVE_INFINITY);
}

function compare(one: Version, other: Version): number {
  return one.map((part, index) => part - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
