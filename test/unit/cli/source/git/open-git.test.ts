import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGit } from '../../../../../cli/source/git/open-git.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { createBareRepository } from '../../../../helpers/git-repository.ts';
import { type GitServer, type ServedRepository, startGitServer } from '../../../../helpers/git-server.ts';
import { startWorkbench } from '../../../../helpers/git-workbench.ts';
import { countObjects, gitSource } from './git-cases.ts';

let server: GitServer;
let app: ServedRepository;
let first: string;

beforeAll(async () => {
  server = await startGitServer();
  app = await server.createRepository('team/app', {
    files: { 'app.py': 'print(1)', 'etl/job.py': 'print(2)', 'etl/run.sh': { executable: '#!/bin/sh' } },
    branches: { 'feature/x': { 'x.py': 'x' }, both: { 'branch.py': '' } },
    tags: { v1: 'main', both: 'main' },
  });
  first = await app.git('rev-parse', 'main');
  await app.commit({ files: { 'app.py': 'print(3)' }, message: 'Fix the \u001b[31mjoin' });
});
afterAll(() => server[Symbol.asyncDispose]());

describe('openGit() checks out', () => {
  it.each([
    ['HEAD of the server', null, 'main', /^main @ [0-9a-f]{7} "Fix the \[31mjoin"$/],
    ['a branch', 'main', 'main', /^main @ /],
    ['a branch with a slash', 'feature/x', 'feature/x', /^feature\/x @ /],
    ['an annotated tag', 'v1', 'main~1', /^v1 @ [0-9a-f]{7} "First"$/],
    ['a branch rather than a tag of the same name', 'both', 'refs/heads/both', /^both @ /],
    ['a full ref name', 'refs/tags/both', 'refs/tags/both^{commit}', /^refs\/tags\/both @ /],
  ])('%s', async (_name, ref, expected, description) => {
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(app.url, ref), bench.options(), testCtx());
    expect(tree.commit).toBe(await app.git('rev-parse', expected));
    expect(tree.commitTime).toBe('2023-11-14T22:13:20+00:00');
    expect(tree.description).toMatch(description);
  });

  it('a commit of a year that no calendar has, without its time', async () => {
    const far = await server.createRepository('team/far', {
      files: { 'app.py': '' },
      at: new Date(999_999_999_999_000),
    });
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(far.url), bench.options(), testCtx());
    expect(tree.commit).toBe(await far.git('rev-parse', 'main'));
    expect(tree.commitTime).toBeNull();
  });

  it.each([
    ['whole', 40, false],
    ['abbreviated', 8, false],
    ['whole, from a server that gives tips only', 40, true],
    ['abbreviated, from a server that gives tips only', 8, true],
  ])('an old commit by its id, %s', async (_name, length, oldProtocol) => {
    server.setRules(app.name, { oldProtocol });
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(app.url, first.slice(0, length)), bench.options(), testCtx());
    expect(tree.commit).toBe(first);
    expect(await readFile(join(tree.dir, 'app.py'), 'utf8')).toBe('print(1)');
    server.setRules(app.name, {});
  });

  it('the context directory, with executables as they are', async () => {
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(app.url, null, 'etl'), bench.options(), testCtx());
    expect(await readFile(join(tree.dir, 'job.py'), 'utf8')).toBe('print(2)');
    expect((await lstat(join(tree.dir, 'run.sh'))).mode & 0o111).not.toBe(0);
  });

  it('from a server of protocol version 0', async () => {
    server.setRules(app.name, { oldProtocol: true });
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(app.url, 'v1'), bench.options(), testCtx());
    expect(tree.commit).toBe(first);
    server.setRules(app.name, {});
  });

  it('a repository of SHA-256', async () => {
    const repository = await server.createRepository('sha256', {});
    await repository.git(
      '-c',
      'core.repositoryFormatVersion=1',
      'init',
      '--quiet',
      '--bare',
      '--object-format=sha256',
      'inner.git',
    );
    const inner = await createBareRepository(join(repository.dir, 'inner.git'), { files: { 'app.py': '' } });
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(`${repository.url}/inner.git`), bench.options(), testCtx());
    expect(tree.commit).toBe(await inner.git('rev-parse', 'main'));
  });

  it('links that stay in the tree, as links', async () => {
    const { url } = await server.createRepository('links', {
      files: { 'a.py': 'a', 'd/up': { link: '../a.py' }, dir: { link: 'd' }, gone: { link: 'none' } },
    });
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(url), bench.options(), testCtx());
    const targets = await Promise.all(['d/up', 'dir', 'gone'].map((path) => readlink(join(tree.dir, path))));
    expect(targets).toEqual(['../a.py', 'd', 'none']);
    expect(await readFile(join(tree.dir, 'dir/up'), 'utf8')).toBe('a');
  });

  it('the new place of a repository that has moved on its host', async () => {
    await server.createRepository('old', {}, { redirect: `${app.url}{path}` });
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(server.url('old')), bench.options(), testCtx());
    expect(tree.commit).toBe(await app.git('rev-parse', 'main'));
  });
});

describe('openGit()', () => {
  it('fetches one commit and nothing of its history', async () => {
    const { url, commit } = await server.createRepository('deep', { files: { 'a.py': '0' } });
    for (let round = 1; round <= 10; round++) await commit({ files: { 'a.py': String(round) } });
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(url), bench.options(), testCtx());
    expect(await countObjects(tree.dir)).toBe(3);
  });

  it('asks twice and fetches once for a branch', async () => {
    const { url, name } = await server.createRepository('counted', { files: { 'a.py': '' } });
    await using bench = await startWorkbench();
    await using _tree = await openGit(gitSource(url, 'main'), bench.options(), testCtx());
    // ls-remote: capabilities, refs; fetch: capabilities, pack.
    expect(server.requests(name)).toBe(4);
  });

  it('says how far it is', async () => {
    await using bench = await startWorkbench();
    const ctx = testCtx();
    await using _tree = await openGit(gitSource(app.url), bench.options(), ctx);
    const seen = ctx.events.filter((event) => event.type === 'step-progress' && event.step === 'source');
    expect(seen).toContainEqual(expect.objectContaining({ lastSeen: expect.stringMatching(/objects: \d+ of \d+/) }));
  });

  it('deletes the checkout when it is disposed, twice too', async () => {
    await using bench = await startWorkbench();
    const tree = await openGit(gitSource(app.url), bench.options(), testCtx());
    await tree[Symbol.asyncDispose]();
    await tree[Symbol.asyncDispose]();
    expect(await bench.left()).toEqual([]);
  });

  it('works in a scratch folder with an odd name, and for two at once', async () => {
    await using bench = await startWorkbench('hibana it\'s #1 (50%) "x" ');
    const options = bench.options();
    await using one = await openGit(gitSource(app.url), options, testCtx());
    await using two = await openGit(gitSource(app.url, 'v1'), options, testCtx());
    expect(one.dir).not.toBe(two.dir);
  });

  it("ignores the user's git configuration", async () => {
    await using bench = await startWorkbench();
    const env = {
      PATH: process.env.PATH,
      HOME: bench.scratch,
      GIT_CONFIG_COUNT: '1',
      GIT_DIR: '/nowhere',
      GIT_ALLOW_PROTOCOL: 'ext',
    };
    await using tree = await openGit(gitSource(app.url), bench.options({ env }), testCtx());
    expect(tree.commit).not.toBeNull();
  });
});
