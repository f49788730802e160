import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testCtx } from '../../../../helpers/ctx.ts';
import { closedPort } from '../../../../helpers/git-closed-port.ts';
import { type GitServer, startGitServer } from '../../../../helpers/git-server.ts';
import { failureOf, gitSource } from './git-cases.ts';

let server: GitServer;

beforeAll(async () => {
  server = await startGitServer();
  await server.createRepository('app', {
    files: { 'app.py': '' },
    branches: { develop: { x: '' } },
    tags: { 'v1.0': 'main' },
  });
  await server.createRepository('empty', {});
  await server.createRepository('broken', { files: { a: '' } }, { status: 503 });
  await server.createRepository('moved', {}, { redirect: 'https://elsewhere.invalid/app{path}' });
});
afterAll(() => server[Symbol.asyncDispose]());

describe('openGit() fails with', () => {
  it.each([
    ['https://no-such-host.invalid/team/app', 'GIT_HOST_UNKNOWN'],
    ['ssh://git@no-such-host.invalid/team/app', 'GIT_HOST_UNKNOWN'],
  ])('the code of an unknown host for %s', async (url, code) => {
    expect((await failureOf(gitSource(url))).code).toBe(code);
  });

  it.each(['http', 'https', 'ssh'])('GIT_UNREACHABLE for a closed port over %s', async (scheme) => {
    const error = await failureOf(gitSource(`${scheme}://127.0.0.1:${await closedPort()}/app`));
    expect(error).toMatchObject({ code: 'GIT_UNREACHABLE', exitCode: 3 });
  });

  it('GIT_TLS that blames no certificate where the server speaks no TLS', async () => {
    const error = await failureOf(gitSource(server.url('app').replace('http:', 'https:')));
    expect(error).toMatchObject({ code: 'GIT_TLS', message: expect.stringContaining('does not speak TLS there') });
    expect(error.hint).not.toContain('--ca-file');
  });

  it.each([
    ['none', 'GIT_NOT_FOUND', 'no such repository'],
    ['broken', 'GIT_UNREACHABLE', '503'],
    ['moved', 'GIT_NOT_FOUND', 'https://elsewhere.invalid/app'],
    ['empty', 'SOURCE_EMPTY', 'no commit'],
  ])('the repository "%s": %s', async (name, code, text) => {
    const error = await failureOf(gitSource(server.url(name)));
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
  });

  it.each([
    ['master', ['main']],
    ['develp', ['develop']],
    ['v1.1', ['v1.0']],
    ['0123456789012345678901234567890123456789', []],
  ])('GIT_REF_NOT_FOUND for "%s", naming %j', async (ref, nearest) => {
    const error = await failureOf(gitSource(server.url('app'), ref));
    expect(error).toMatchObject({ code: 'GIT_REF_NOT_FOUND', details: { ref, nearest } });
    for (const name of nearest) expect(error.hint).toContain(`"${name}"`);
  });

  it.each(['something-else-altogether', 'deadbeef'])(
    'GIT_REF_NOT_FOUND for "%s", naming what there is',
    async (ref) => {
      const error = await failureOf(gitSource(server.url('app'), ref));
      expect(error).toMatchObject({ code: 'GIT_REF_NOT_FOUND', details: { ref, nearest: [] } });
      expect(error.hint).toBe('Name one that it has: main, develop, v1.0');
    },
  );

  it('GIT_REF_NOT_FOUND with a few of many names alone, the default branch first', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `feature-${index}`);
    const { url } = await server.createRepository('many', {
      files: { a: '' },
      branches: Object.fromEntries(names.map((name) => [name, { x: name }])),
    });
    const { hint } = await failureOf(gitSource(url, 'zzzzzz'));
    expect(hint).toMatch(/^Name one that it has: main, (?:feature-\d+, ){4}.* and \d+ more$/);
  });

  it('SOURCE_EMPTY for any ref of an empty repository', async () => {
    expect((await failureOf(gitSource(server.url('empty'), 'main'))).code).toBe('SOURCE_EMPTY');
  });

  it('GIT_REF_NOT_FOUND for a tag that is no commit', async () => {
    const { url, git } = await server.createRepository('odd-tag', { files: { a: 'x' } });
    await git('tag', 'blob', 'main:a');
    expect((await failureOf(gitSource(url, 'blob'))).code).toBe('GIT_REF_NOT_FOUND');
  });

  it('GIT_REF_NOT_FOUND when HEAD names a branch that is not there', async () => {
    const { url, git } = await server.createRepository('headless', { files: { a: 'x' } });
    await git('symbolic-ref', 'HEAD', 'refs/heads/gone');
    expect((await failureOf(gitSource(url))).code).toBe('GIT_REF_NOT_FOUND');
  });

  it.each(['none', 'app/app.py'])('CONTEXT_DIR_INVALID for the context directory "%s"', async (contextDir) => {
    expect((await failureOf(gitSource(server.url('app'), null, contextDir))).code).toBe('CONTEXT_DIR_INVALID');
  });

  it.each([
    ['ext::sh -c true', null, null, 'SOURCE_UNSAFE'],
    ['file:///etc', null, null, 'SOURCE_UNSAFE'],
    ['--upload-pack=true', null, null, 'SOURCE_UNSAFE'],
    ['https://host.invalid/a', '-u', null, 'SOURCE_UNSAFE'],
    ['https://host.invalid/a', 'a..b', null, 'SOURCE_INVALID'],
    ['https://host.invalid/a', null, '../x', 'CONTEXT_DIR_INVALID'],
  ])('bad input also when nobody parsed it: %s %s %s', async (url, ref, contextDir, code) => {
    expect((await failureOf(gitSource(url, ref, contextDir))).code).toBe(code);
  });

  it('GIT_MISSING without git', async () => {
    const error = await failureOf(gitSource(server.url('app')), { env: { PATH: '/nowhere' } });
    expect(error.code).toBe('GIT_MISSING');
  });

  it.each([
    ['none@v1', 'none#v1'],
    ['app@feature', 'app#feature'],
  ])('GIT_NOT_FOUND for "%s", saying where a branch is written, of the whole URL', async (name, meant) => {
    const error = await failureOf(gitSource(server.url(name)));
    expect(error.code).toBe('GIT_NOT_FOUND');
    expect(error.message).toContain(`"${server.url(name)}"`);
    expect(error.hint).toBe(`Write a branch, a tag or a commit after "#": ${server.url(meant)}`);
  });

  it('what git said in the log', async () => {
    const ctx = testCtx();
    await failureOf(gitSource(server.url('none')), {}, ctx);
    expect(ctx.events).toContainEqual({ type: 'log', step: 'source', line: expect.stringContaining('fatal:') });
  });
});
