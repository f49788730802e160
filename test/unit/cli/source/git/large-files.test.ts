import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGit } from '../../../../../cli/source/git/open-git.ts';
import type { ProgressEvent } from '../../../../../runtime/core/events.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import type { Files } from '../../../../helpers/git-repository.ts';
import { type GitServer, type ServedRepository, startGitServer } from '../../../../helpers/git-server.ts';
import { startWorkbench } from '../../../../helpers/git-workbench.ts';
import { gitSource } from './git-cases.ts';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 5\n`;

let server: GitServer;
let repository: ServedRepository;
/** It has the first as a submodule, by way of another one. */
let outer: ServedRepository;

beforeAll(async () => {
  server = await startGitServer();
  const files = { '.gitattributes': '*.bin filter=lfs diff=lfs\n', 'a.bin': POINTER, 'b/c.bin': POINTER, 'd.txt': '' };
  repository = await server.createRepository('lfs', { files });
  const middle = await server.createRepository('middle', { files: await submodule(repository, 'lib') });
  const own = { '.gitattributes': files['.gitattributes'], 'own.bin': POINTER };
  outer = await server.createRepository('outer', { files: { ...own, ...(await submodule(middle, 'mid')) } });
});
afterAll(() => server[Symbol.asyncDispose]());

async function submodule(of: ServedRepository, path: string): Promise<Files> {
  const text = `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${of.url}\n`;
  return { '.gitmodules': text, [path]: { submodule: await of.git('rev-parse', 'main') } };
}

function notices(events: readonly ProgressEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
}

/** A PATH on which git-lfs is this script. */
async function pathWithLfs(folder: string, script: string): Promise<string> {
  await mkdir(folder);
  await writeFile(join(folder, 'git-lfs'), `#!/bin/sh\necho "$@" >> "${folder}/calls"\n${script}\n`);
  await chmod(join(folder, 'git-lfs'), 0o755);
  return `${folder}:${process.env.PATH}`;
}

describe('openGit() of a repository with large files', () => {
  it('says once that they are pointers', async () => {
    await using bench = await startWorkbench();
    const ctx = testCtx();
    await using tree = await openGit(gitSource(repository.url), bench.options(), ctx);
    expect(notices(ctx.events)).toEqual([expect.stringMatching(/^2 files .*a\.bin, b\/c\.bin/)]);
    expect(await readFile(join(tree.dir, 'a.bin'), 'utf8')).toBe(POINTER);
  });

  it('has git-lfs fetch them from the same server when asked', async () => {
    await using bench = await startWorkbench();
    await using tools = await startWorkbench();
    const folder = join(tools.scratch, 'bin');
    const PATH = await pathWithLfs(folder, `[ "$1" = pull ] && git config lfs.url >> "${folder}/calls"; exit 0`);
    const ctx = testCtx();
    const options = bench.options({ lfs: true, env: { PATH, HOME: bench.scratch } });
    await using _tree = await openGit(gitSource(repository.url), options, ctx);
    expect(notices(ctx.events)).toEqual([]);
    const calls = (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
    expect(calls).toEqual(['version', 'install --local --skip-repo', 'pull', `${repository.url}/info/lfs`]);
  });

  it('says once that those of submodules are pointers, too', async () => {
    await using bench = await startWorkbench();
    const ctx = testCtx();
    await using _tree = await openGit(gitSource(outer.url), bench.options({ submodules: true }), ctx);
    expect(notices(ctx.events)).toEqual([
      expect.stringMatching(/^3 files .*: own\.bin, mid\/lib\/a\.bin, mid\/lib\/b/),
    ]);
  });

  it('has git-lfs fetch those of submodules from their own servers', async () => {
    await using bench = await startWorkbench();
    await using tools = await startWorkbench();
    const folder = join(tools.scratch, 'bin');
    const PATH = await pathWithLfs(folder, `[ "$1" = pull ] && git config lfs.url >> "${folder}/urls"; exit 0`);
    const ctx = testCtx();
    const options = bench.options({ submodules: true, lfs: true, env: { PATH, HOME: bench.scratch } });
    await using _tree = await openGit(gitSource(outer.url), options, ctx);
    expect(notices(ctx.events)).toEqual([]);
    const urls = (await readFile(join(folder, 'urls'), 'utf8')).trim().split('\n');
    expect(urls).toEqual([`${outer.url}/info/lfs`, `${repository.url}/info/lfs`]);
  });

  it('fails with GIT_MISSING when they are wanted and there is no git-lfs', async () => {
    await using bench = await startWorkbench();
    await using tools = await startWorkbench();
    const PATH = await pathWithLfs(join(tools.scratch, 'bin'), 'exit 127');
    const options = bench.options({ lfs: true, env: { PATH, HOME: bench.scratch } });
    await expect(openGit(gitSource(repository.url), options, testCtx())).rejects.toMatchObject({ code: 'GIT_MISSING' });
    expect(await bench.left()).toEqual([]);
  });
});
