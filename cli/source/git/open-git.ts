import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { commitTimeFrom } from '../commit-time.ts';
import { checkContextDir, enterContextDir } from '../context-dir.ts';
import { checkRef } from '../git-ref.ts';
import type { OpenOptions } from '../options.ts';
import type { Source, SourceTree } from '../source.ts';
import { checkOutCommit, fetchCommit } from './fetch-commit.ts';
import { handleLargeFiles, noticePointers } from './large-files.ts';
import { listTree } from './list-tree.ts';
import { locate } from './locate.ts';
import { makeLinks } from './make-links.ts';
import { openSession } from './open-session.ts';
import type { ResolvedRef } from './resolve-ref.ts';
import type { GitSession } from './session.ts';
import { fetchSubmodules } from './submodules.ts';

type GitSource = Extract<Source, { kind: 'git' }>;

const SHORT_ID = 7;
const SUBJECT_LENGTH = 60;

/** Fetches one commit into a folder of its own in `options.scratch`; on every path but success the folder is gone again.
 *  @throws {ToolError} the source rows of the catalog; rejects with `signal.reason` on abort, when no child is left. */
export async function openGit(source: GitSource, options: OpenOptions, ctx: Ctx): Promise<SourceTree> {
  const contextDir = checkContextDir(source.contextDir);
  const ref = source.ref === null ? null : checkRef(source.ref);
  const { session: first, remove } = await openSession(source.url, options, ctx);
  try {
    const known = options.resolved;
    const { session, resolved } =
      known === undefined ? await locate(ref, first, ctx) : { session: first, resolved: known };
    const tree = await checkOut(resolved, contextDir, session, ctx);
    return { ...tree, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function checkOut(
  resolved: ResolvedRef,
  contextDir: string | null,
  session: GitSession,
  ctx: Ctx,
): Promise<Omit<SourceTree, typeof Symbol.asyncDispose>> {
  const root = join(session.folder, 'tree');
  await mkdir(root);
  const commit = await fetchCommit(resolved, root, session, ctx);
  const [tree, [time = '', subject = '']] = await Promise.all([
    listTree(commit, root, session, ctx),
    readCommit(commit, root, session, ctx),
    checkOutCommit(commit, root, session, ctx),
  ]);
  const pointers = await handleLargeFiles(tree, root, session, ctx);
  const { submodules } = tree;
  const more = await fetchSubmodules(session.options.submodules ? submodules : [], root, session, ctx);
  if (!session.options.submodules && submodules.length > 0) noticeSubmodules(submodules.length, ctx);
  noticePointers([...pointers, ...more.pointers], ctx);
  await makeLinks(root, [...tree.links, ...more.links], contextDir, ctx);
  const dir = await enterContextDir(root, contextDir);
  return { dir, commit, commitTime: commitTimeFrom(time), description: describe(resolved, commit, subject) };
}

/** The committer's time and the subject. */
async function readCommit(commit: string, dir: string, session: GitSession, ctx: Ctx): Promise<readonly string[]> {
  const output = await session.need(['log', '-1', '--no-patch', '--format=%cI%x00%s', commit], dir, ctx);
  return output.split('\0');
}

function noticeSubmodules(count: number, ctx: Ctx): void {
  const message = `${count === 1 ? 'One submodule is' : `${count} submodules are`} left out`;
  ctx.emit({ type: 'notice', level: 'info', message, hint: 'Give --submodules to fetch them' });
}

function describe(resolved: ResolvedRef, commit: string, subject: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a commit's text must not steer the terminal
  const text = subject.replace(/[\u0000-\u001f\u007f-\u009f]/g, '').trim();
  const short = commit.slice(0, SHORT_ID);
  const title = text.length > SUBJECT_LENGTH ? `${text.slice(0, SUBJECT_LENGTH - 1)}…` : text;
  return `${resolved.label === null ? '' : `${resolved.label} @ `}${short}${title === '' ? '' : ` "${title}"`}`;
}
