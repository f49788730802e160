import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCommit } from '../../../../../cli/source/git/find-commit.ts';
import { openGit } from '../../../../../cli/source/git/open-git.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { type GitServer, type ServedRepository, startGitServer } from '../../../../helpers/git-server.ts';
import { startWorkbench } from '../../../../helpers/git-workbench.ts';
import { gitSource } from './git-cases.ts';

let server: GitServer;
let app: ServedRepository;
let first: string;

beforeAll(async () => {
  server = await startGitServer();
  app = await server.createRepository('team/app', { files: { 'app.py': 'print(1)' }, tags: { v1: 'main' } });
  first = await app.git('rev-parse', 'main');
  await app.commit({ files: { 'app.py': 'print(2)' } });
});
afterAll(() => server[Symbol.asyncDispose]());

describe('findCommit()', () => {
  it.each([
    ['HEAD', null, 'main'],
    ['a branch', 'main', 'main'],
    ['an annotated tag', 'v1', 'main~1'],
    ['an annotated tag by its full name', 'refs/tags/v1', 'main~1'],
  ])('finds %s and leaves nothing', async (_name, ref, expected) => {
    await using bench = await startWorkbench();
    const found = await findCommit(gitSource(app.url, ref), bench.options(), testCtx());
    expect(found).toMatchObject({ resolved: { commit: await app.git('rev-parse', expected) }, isMoved: false });
    expect(await bench.left()).toEqual([]);
  });

  it('asks nobody for a whole id, and cannot tell the beginning of one', async () => {
    await using bench = await startWorkbench();
    const before = server.requests(app.name);
    const found = await findCommit(gitSource(app.url, first), bench.options(), testCtx());
    expect(found?.resolved.commit).toBe(first);
    expect(await findCommit(gitSource(app.url, first.slice(0, 8)), bench.options(), testCtx())).toBeUndefined();
    expect(server.requests(app.name)).toBe(before);
  });

  it('says when the repository is elsewhere by now', async () => {
    await using bench = await startWorkbench();
    await server.createRepository('old/app', {}, { redirect: `${app.url}{path}` });
    const found = await findCommit(gitSource(server.url('old/app')), bench.options(), testCtx());
    expect(found).toMatchObject({ resolved: { commit: await app.git('rev-parse', 'main') }, isMoved: true });
  });

  it('rejects as opening would, and leaves nothing', async () => {
    await using bench = await startWorkbench();
    const finding = findCommit(gitSource(app.url, 'mian'), bench.options(), testCtx());
    await expect(finding).rejects.toMatchObject({ code: 'GIT_REF_NOT_FOUND', details: { nearest: ['main'] } });
    expect(await bench.left()).toEqual([]);
  });
});

describe('openGit()', () => {
  it('takes the commit that was found, also when the branch has gone on since', async () => {
    await using bench = await startWorkbench();
    const found = await findCommit(gitSource(app.url), bench.options(), testCtx());
    if (found === undefined) throw new Error('not found');
    await app.commit({ files: { 'app.py': 'print(3)' } });
    const before = server.requests(app.name);
    await using tree = await openGit(gitSource(app.url), bench.options({ resolved: found.resolved }), testCtx());
    expect(await readFile(join(tree.dir, 'app.py'), 'utf8')).toBe('print(2)');
    const asked = server.requests(app.name) - before;
    await using _again = await openGit(gitSource(app.url), bench.options(), testCtx());
    expect(server.requests(app.name) - before - asked).toBeGreaterThan(asked);
  });
});
