import { statfs } from 'node:fs/promises';
import { compare, satisfies, valid } from '@renovatebot/pep440';
import { type Ctx, withSignal } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { indexHost } from '../packages/index-settings.ts';
import { type IndexFile, normalizeName, readProject } from '../packages/simple-index.ts';
import type { ChildResult } from './child.ts';
import { optionLines } from './dependencies/lock-text.ts';
import type { PackageSource, Packages, ToolchainDeps } from './deps.ts';
import { type Requirement, readRequirements } from './requirement.ts';

export interface DependencyFailure {
  readonly requirements: string;
  readonly result: ChildResult;
  /** `null` when the index had no part in it. */
  readonly source: PackageSource | null;
  readonly deps: ToolchainDeps | null;
}

/** Why uv failed, by looking and not by reading its text: is the disk full, does the index answer, does it have each requirement?
 *  Gives the error to throw: DISK_FULL, DEPENDENCY_NOT_FOUND, INDEX_UNREACHABLE, INDEX_AUTH, else DEPENDENCIES_FAILED. */
export async function explainFailure(failure: DependencyFailure, ctx: Ctx): Promise<unknown> {
  ctx.signal.throwIfAborted();
  const general = generalFailure(failure.result);
  const bounded = withSignal(ctx, AbortSignal.any([ctx.signal, AbortSignal.timeout(DEADLINE_MS)]));
  try {
    const found = (await fullDisk(failure)) ?? (await missingRequirement(failure, bounded));
    return found ?? general;
  } catch (error) {
    ctx.signal.throwIfAborted();
    return error instanceof ToolError ? error : general;
  }
}

/** What uv said last, for a failure that nothing else explains. */
export function generalFailure(result: ChildResult): ToolError {
  const { lastLines, status } = result;
  const message = `Cannot install the dependencies: ${lastWords(result)}`;
  return new ToolError('DEPENDENCIES_FAILED', message, { details: { status, lastLines } });
}

const DEADLINE_MS = 20_000;
/** Less than this is as good as nothing to an installation that failed. */
const FULL_BYTES = 16 * 1_048_576;

/** The error itself: its line and the indented ones after it, without the advice that follows; else the last paragraph. */
function lastWords({ lastLines, status }: ChildResult): string {
  const error = lastLines.findLastIndex((line) => line.startsWith('error:'));
  const start = error >= 0 ? error : lastLines.findLastIndex((line) => /^(?!hint:)\S/.test(line));
  const rest = lastLines.slice(Math.max(start, 0));
  const end = rest.findIndex((line, index) => index > 0 && /^\S/.test(line));
  const words = rest.slice(0, end < 0 ? rest.length : end).map((line) => line.trim());
  return words.join(' ').slice(0, MESSAGE_LENGTH) || `uv ended with status ${status}`;
}

const MESSAGE_LENGTH = 400;

async function fullDisk({ deps, result }: DependencyFailure): Promise<ToolError | undefined> {
  if (deps === null) return undefined;
  const { bavail, bsize } = await statfs(deps.cache);
  if (bavail * bsize >= FULL_BYTES) return undefined;
  return new ToolError('DISK_FULL', `Cannot install the dependencies in "${deps.cache}": no space is left`, {
    details: { folder: deps.cache, freeBytes: bavail * bsize, lastLines: result.lastLines },
  });
}

async function missingRequirement(
  { requirements, source, result }: DependencyFailure,
  ctx: Ctx,
): Promise<ToolError | undefined> {
  const packages = await source?.open(ctx);
  // What is in those folders an index need not have.
  if (packages === undefined || packages.settings.findLinks.some((link) => /^https?:/.test(link))) return undefined;
  // Nor what is where the list itself says: uv has looked there, and we have not.
  if (optionLines(requirements).some((line) => PLACE.test(line))) return undefined;
  for (const requirement of readRequirements(requirements)) {
    const files = await filesOf(requirement.name, packages, ctx);
    const reason = files === undefined ? 'has no such package' : lackOfVersion(requirement, files);
    if (reason === undefined) continue;
    const host = indexHost(packages.settings);
    return new ToolError(
      'DEPENDENCY_NOT_FOUND',
      `Cannot find "${requirement.text}": the index at "${host}" ${reason}`,
      {
        details: { requirement: requirement.text, host, lastLines: result.lastLines },
      },
    );
  }
  return undefined;
}

const PLACE = /^(?:-i|-f|--index-url|--extra-index-url|--find-links)(?=[\s=]|$)/;

async function filesOf(
  name: string,
  { settings, http }: Packages,
  ctx: Ctx,
): Promise<readonly IndexFile[] | undefined> {
  const urls = [settings.indexUrl, ...settings.extraUrls];
  const answers = await Promise.all(urls.map((url) => readProject(url, name, http, ctx)));
  return answers.every((answer) => answer === undefined) ? undefined : answers.flatMap((answer) => answer ?? []);
}

function lackOfVersion({ name, specifiers }: Requirement, files: readonly IndexFile[]): string | undefined {
  const versions = [...new Set(files.flatMap(({ filename }) => versionIn(filename, name) ?? []))].toSorted(compare);
  if (versions.some((version) => satisfies(version, specifiers || '>=0', { prereleases: true }))) return undefined;
  return `has ${name} up to ${versions.at(-1) ?? 'no version'}, and nothing that fits`;
}

function versionIn(filename: string, name: string): string | undefined {
  const stem = filename.replace(/\.(tar\.(gz|bz2)|zip|tgz)$/, '');
  const version = filename.endsWith('.whl') ? filename.split('-')[1] : stem.slice(name.length + 1);
  const isOfProject = normalizeName(stem).startsWith(`${name}-`);
  return isOfProject && version !== undefined && valid(version) !== null ? version : undefined;
}
