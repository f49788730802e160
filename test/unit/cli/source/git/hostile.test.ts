import { lstat, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGit } from '../../../../../cli/source/git/open-git.ts';
import { submoduleUrl } from '../../../../../cli/source/git/submodules.ts';
import { parseGitUrl } from '../../../../../cli/source/git-url.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import type { Files } from '../../../../helpers/git-repository.ts';
import { type GitServer, type ServedRepository, startGitServer } from '../../../../helpers/git-server.ts';
import { startWorkbench } from '../../../../helpers/git-workbench.ts';
import { failureOf, gitSource } from './git-cases.ts';

let server: GitServer;
let library: ServedRepository;
let libraryCommit: string;

beforeAll(async () => {
  server = await startGitServer();
  library = await server.createRepository('team/library', { files: { 'lib.py': 'lib' } });
  libraryCommit = await library.git('rev-parse', 'main');
});
afterAll(() => server[Symbol.asyncDispose]());

function gitmodules(url: string, path = 'vendor/lib'): Files {
  return {
    '.gitmodules': `[submodule "lib"]\n\tpath = ${path}\n\turl = ${url}\n`,
  };
}

describe('openGit() of a tree with links refuses', () => {
  it.each<[string, Files, string, string]>([
    ['/etc/passwd', { 'app.py': { link: '/etc/passwd' } }, 'app.py', '/etc/passwd'],
    ['..', { 'a/p': { link: '../../x' } }, 'a/p', '../../x'],
    ['a link by way of another', { 'a/b/q': { link: '../..' }, 'a/b/p': { link: 'q/../x' } }, 'a/b/p', 'q/../x'],
  ])('one to %s', async (name, files, path, target) => {
    const { url } = await server.createRepository(`links-${name.replace(/\W/g, '')}`, { files });
    const error = await failureOf(gitSource(url));
    expect(error).toMatchObject({ code: 'SOURCE_UNSAFE', details: { path, target } });
    expect(error.message).toContain(target);
  });

  it('none outside the context directory, and leaves that a text', async () => {
    const files = { 'etl/app.py': '', 'etc/p': { link: '/etc/passwd' } };
    const { url } = await server.createRepository('links-elsewhere', { files });
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(url, null, 'etl'), bench.options(), testCtx());
    expect((await lstat(join(tree.dir, '../etc/p'))).isFile()).toBe(true);
  });

  it('a context directory that leads to one', async () => {
    const { url } = await server.createRepository('links-context', { files: { 'a.py': '', out: { link: '/etc' } } });
    expect((await failureOf(gitSource(url, null, 'out'))).code).toBe('CONTEXT_DIR_INVALID');
  });
});

describe('openGit() of a tree with submodules', () => {
  it('leaves them out with a notice', async () => {
    const files = { 'app.py': '', ...gitmodules(library.url), 'vendor/lib': { submodule: libraryCommit } };
    const { url } = await server.createRepository('team/without', { files });
    await using bench = await startWorkbench();
    const ctx = testCtx();
    await using _tree = await openGit(gitSource(url), bench.options(), ctx);
    const notices = ctx.events.filter(({ type }) => type === 'notice');
    expect(notices).toEqual([expect.objectContaining({ hint: expect.stringContaining('--submodules') })]);
  });

  it.each(['absolute', 'relative'])('fetches them when asked (URL: %s), and theirs', async (kind) => {
    const url = kind === 'absolute' ? library.url : '../library';
    const middle = await server.createRepository(`team/middle-${kind}`, {
      files: { 'm.py': '', ...gitmodules(url), 'vendor/lib': { submodule: libraryCommit }, up: { link: '../app.py' } },
    });
    const commit = await middle.git('rev-parse', 'main');
    const top = await server.createRepository(`team/top-${kind}`, {
      files: { 'app.py': 'top', ...gitmodules(middle.url, 'mid'), mid: { submodule: commit } },
    });
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(top.url), bench.options({ submodules: true }), testCtx());
    expect(await readFile(join(tree.dir, 'mid/vendor/lib/lib.py'), 'utf8')).toBe('lib');
    expect(await readFile(join(tree.dir, 'mid/up'), 'utf8')).toBe('top');
  });

  it.each([
    ['another host', 'https://elsewhere.invalid/library', 'SOURCE_UNSAFE'],
    ['another port', 'http://127.0.0.1:1/library', 'SOURCE_UNSAFE'],
    ['ext::', 'ext::sh -c true', 'SOURCE_UNSAFE'],
    ['file://', 'file:///etc', 'SOURCE_UNSAFE'],
    ['a local path', '/etc', 'SOURCE_INVALID'],
    ['an option', '--upload-pack=true', 'SOURCE_UNSAFE'],
    ['too many ..', '../../../../x', 'SOURCE_UNSAFE'],
  ])('refuses one at %s', async (name, target, code) => {
    const files = { ...gitmodules(target), 'vendor/lib': { submodule: libraryCommit } };
    const { url } = await server.createRepository(`team/bad-${name.replace(/\W/g, '')}`, { files });
    expect((await failureOf(gitSource(url), { submodules: true })).code).toBe(code);
  });

  it.each([true, false])('refuses one that names a command (submodules: %s)', async (submodules) => {
    const owned = join(tmpdir(), `hibana-owned-${submodules}`);
    const text = `[submodule "lib"]\n\tpath = lib\n\turl = ${library.url}\n\tupdate = !touch ${owned}\n`;
    const files = { '.gitmodules': text, lib: { submodule: libraryCommit } };
    const { url } = await server.createRepository(`team/command-${submodules}`, { files });
    const error = await failureOf(gitSource(url), { submodules });
    expect(error).toMatchObject({ code: 'SOURCE_UNSAFE', message: expect.stringContaining('gitmodulesUpdate') });
    await expect(lstat(owned)).rejects.toThrow();
  });

  it('refuses one that has no URL', async () => {
    const files = gitmodules(library.url, 'other');
    const { url, commit } = await server.createRepository('team/no-url', { files });
    await commit({ files: { 'm/lib': { submodule: libraryCommit } } });
    expect((await failureOf(gitSource(url), { submodules: true })).code).toBe('SOURCE_UNSAFE');
  });

  it('refuses to follow them deeper than five', async () => {
    let inner = libraryCommit;
    for (let level = 0; level < 6; level++) {
      const files = { ...gitmodules(server.url(`nest/${level - 1}`), 's'), s: { submodule: inner } };
      const repository = await server.createRepository(`nest/${level}`, { files: level === 0 ? { a: '' } : files });
      inner = await repository.git('rev-parse', 'main');
    }
    const files = { ...gitmodules(server.url('nest/5'), 's'), s: { submodule: inner } };
    const { url } = await server.createRepository('nest/top', { files });
    expect((await failureOf(gitSource(url), { submodules: true })).code).toBe('SOURCE_UNSAFE');
  });
});

describe('submoduleUrl()', () => {
  it.each([
    ['../lib.git', 'https://host.org/team/app.git', 'https://host.org/team/lib.git'],
    ['../../x/lib', 'https://host.org/team/app/', 'https://host.org/x/lib'],
    ['./lib', 'ssh://git@host.org/team/app', 'ssh://git@host.org/team/app/lib'],
    ['../lib', 'git@host.org:team/app', 'git@host.org:team/lib'],
    ['git@host.org:lib', 'https://host.org/app', 'git@host.org:lib'],
  ])('%s in %s is %s', (text, parent, expected) => {
    expect(submoduleUrl(text, 'lib', parseGitUrl(parent)).text).toBe(expected);
  });
});
