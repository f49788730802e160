import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { displayUrl, type GitUrl, parseGitUrl } from '../git-url.ts';
import { checkOutCommit, fetchCommit } from './fetch-commit.ts';
import { handleLargeFiles } from './large-files.ts';
import { listTree } from './list-tree.ts';
import type { GitSession } from './session.ts';

const MAXIMUM_DEPTH = 5;

/** What submodules have that is not as it was in their commits yet; paths relative to the folder they are below. */
export interface SubmoduleFiles {
  readonly links: readonly string[];
  /** Files that git LFS keeps elsewhere, and that nobody asked to fetch. */
  readonly pointers: readonly string[];
}

/** Checks the submodules of a commit out below `dir`, and theirs, five deep, with their large files when those are asked for.
 *  Never by `git submodule`, whose configuration can name commands (CVE-2018-11235, CVE-2019-19604, CVE-2024-32002, CVE-2025-48384).
 *  @throws {ToolError} SOURCE_UNSAFE for a URL that the rules of a source refuse, or on another host. */
export async function fetchSubmodules(
  submodules: readonly { readonly path: string; readonly commit: string }[],
  dir: string,
  session: GitSession,
  ctx: Ctx,
  depth = 1,
): Promise<SubmoduleFiles> {
  if (submodules.length === 0) return { links: [], pointers: [] };
  if (depth > MAXIMUM_DEPTH) throw refused('', `they are nested more than ${MAXIMUM_DEPTH} deep`);
  const urls = await readUrls(dir, session, ctx);
  const links: string[] = [];
  const pointers: string[] = [];
  for (const { path, commit } of submodules) {
    const text = urls.get(path);
    if (text === undefined) throw refused(path, '.gitmodules has no URL for it');
    const below = session.at(submoduleUrl(text, path, session.url));
    const folder = join(dir, path);
    const reached = await fetchCommit({ commit, ref: null, label: null }, folder, below, ctx);
    await checkOutCommit(reached, folder, below, ctx);
    const tree = await listTree(reached, folder, below, ctx);
    const left = await handleLargeFiles(tree, folder, below, ctx);
    const deeper = await fetchSubmodules(tree.submodules, folder, below, ctx, depth + 1);
    links.push(...[...tree.links, ...deeper.links].map((link) => `${path}/${link}`));
    pointers.push(...[...left, ...deeper.pointers].map((pointer) => `${path}/${pointer}`));
  }
  return { links, pointers };
}

/** The URL of a submodule, checked by the rules of the first one, on the same host. `../other.git` is relative to the parent's. */
export function submoduleUrl(text: string, path: string, parent: GitUrl): GitUrl {
  const whole = /^\.\.?\//.test(text) ? relativeUrl(text, path, parent) : text;
  const url = parseGitUrl(whole, { allowHttp: parent.scheme === 'http' });
  if (url.host === parent.host) return url;
  throw refused(path, `its URL ${displayUrl(url.text)} is on another host than ${parent.host}`);
}

function relativeUrl(text: string, path: string, parent: GitUrl): string {
  const [, start = '', rest = ''] = /^([a-z]+:\/\/[^/]+\/|[^:]+:)(.*)$/.exec(parent.text) ?? [];
  const parts = rest.replace(/\/+$/, '').split('/');
  for (const part of text.split('/')) {
    if (part === '..' && parts.pop() === undefined) throw refused(path, 'its URL leaves the host');
    if (part !== '..' && part !== '.' && part !== '') parts.push(part);
  }
  return start + parts.join('/');
}

/** Source: https://git-scm.com/docs/gitmodules */
async function readUrls(dir: string, session: GitSession, ctx: Ctx): Promise<ReadonlyMap<string, string>> {
  const file = await lstat(join(dir, '.gitmodules')).catch(() => undefined);
  if (file?.isFile() !== true) return new Map();
  const args = ['config', '-z', '--file', '.gitmodules', '--get-regexp', '^submodule\\..*\\.(path|url)$'];
  const { stdout } = await session.run(args, dir, ctx);
  const values = new Map<string, string>();
  for (const entry of stdout.split('\0')) {
    const newline = entry.indexOf('\n');
    if (newline > 0) values.set(entry.slice(0, newline), entry.slice(newline + 1));
  }
  const paths = [...values].filter(([key]) => key.endsWith('.path'));
  return new Map(paths.map(([key, path]) => [path, values.get(key.replace(/path$/, 'url')) ?? '']));
}

function refused(path: string, why: string): ToolError {
  const what = path === '' ? 'submodules' : `the submodule ${JSON.stringify(path)}`;
  return new ToolError('SOURCE_UNSAFE', `Cannot fetch ${what}: ${why}`, {
    details: { path },
    hint: 'Leave --submodules out, or correct .gitmodules',
  });
}
