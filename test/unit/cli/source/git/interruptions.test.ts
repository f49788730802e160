import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openGit } from '../../../../../cli/source/git/open-git.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { type GitServer, startGitServer } from '../../../../helpers/git-server.ts';
import { startWorkbench } from '../../../../helpers/git-workbench.ts';
import { failureOf, gitSource } from './git-cases.ts';

let server: GitServer;

beforeAll(async () => {
  server = await startGitServer();
  const files = { 'app.py': '', 'data.bin': 'x'.repeat(10_000) };
  await server.createRepository('silent', { files }, { stall: 'silent' });
  await server.createRepository('midway', { files }, { stall: 'midway' });
  await server.createRepository('app', { files });
});
afterAll(() => server[Symbol.asyncDispose]());

describe('openGit() gives up with GIT_TIMEOUT', () => {
  it.each(['silent', 'midway'])('after the silence of a server that falls %s', async (name) => {
    const error = await failureOf(gitSource(server.url(name)), { silenceTimeoutMs: 400 });
    expect(error).toMatchObject({ code: 'GIT_TIMEOUT', details: { kind: 'silence', timeoutMs: 400 } });
    expect(error.message).toContain('said nothing for 0.4 s');
  });

  it('after the total time', async () => {
    const error = await failureOf(gitSource(server.url('silent')), { totalTimeoutMs: 400 });
    expect(error).toMatchObject({ code: 'GIT_TIMEOUT', details: { kind: 'total', timeoutMs: 400 } });
  });
});

describe('openGit() rejects with the reason of the abort and leaves nothing', () => {
  it('before it begins', async () => {
    await using bench = await startWorkbench();
    const ctx = testCtx();
    const reason = new Error('stop');
    ctx.abort(reason);
    await expect(openGit(gitSource(server.url('app')), bench.options(), ctx)).rejects.toBe(reason);
    expect(await bench.left()).toEqual([]);
  });

  it.each(['silent', 'midway'])('while the server is %s', async (name) => {
    await using bench = await startWorkbench();
    const ctx = testCtx();
    const reason = new Error('stop');
    const ended = expect(openGit(gitSource(server.url(name)), bench.options(), ctx)).rejects.toBe(reason);
    await vi.waitFor(() => expect(server.pending()).toBeGreaterThan(0), { interval: 5 });
    expect((await bench.processes()).length).toBeGreaterThan(1);
    ctx.abort(reason);
    await ended;
    expect(await bench.left()).toEqual([]);
    expect(await bench.processes()).toEqual([]);
  });

  it.each([5, 20, 40, 60, 80, 100, 120, 140, 160, 200])('%i ms after the start', async (delayMs) => {
    await using bench = await startWorkbench();
    const ctx = testCtx();
    const reason = new Error('stop');
    setTimeout(() => ctx.abort(reason), delayMs);
    const opened = await openGit(gitSource(server.url('app')), bench.options(), ctx).catch((error: unknown) => error);
    if (opened === reason) expect(await bench.left()).toEqual([]);
    else expect(opened).toHaveProperty('commit');
    expect(await bench.processes()).toEqual([]);
  });
});
