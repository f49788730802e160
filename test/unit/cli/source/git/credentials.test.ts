import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openGit } from '../../../../../cli/source/git/open-git.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { type GitServer, startGitServer } from '../../../../helpers/git-server.ts';
import { startWorkbench } from '../../../../helpers/git-workbench.ts';
import { failureOf, gitSource } from './git-cases.ts';

const TOKEN = 'tok3n-Sesame/&%';
const CREDENTIALS = { user: 'robot', password: TOKEN };

let folder: string;
let server: GitServer;
let tokenFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-credentials-'));
  tokenFile = join(folder, 'token');
  await writeFile(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  await writeFile(join(folder, 'wrong'), 'wr0ng-token\n', { mode: 0o600 });
  server = await startGitServer();
  await server.createRepository('private', { files: { 'app.py': 'secret' } }, { credentials: CREDENTIALS });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('openGit() of a private repository', () => {
  it('works with the token of its host', async () => {
    const credentials = { [server.host]: { username: 'robot', tokenFile } };
    await using bench = await startWorkbench();
    await using tree = await openGit(gitSource(server.url('private')), bench.options({ credentials }), testCtx());
    expect(await readFile(join(tree.dir, 'app.py'), 'utf8')).toBe('secret');
  });

  it('fails with GIT_AUTH without credentials', async () => {
    const error = await failureOf(gitSource(server.url('private')));
    expect(error).toMatchObject({ code: 'GIT_AUTH', exitCode: 3, hint: expect.stringContaining('--git-token-file') });
  });

  it('fails with GIT_AUTH when the credentials are for another port or host', async () => {
    const credentials = { '127.0.0.1': { username: 'robot', tokenFile }, 'host.org': { username: 'robot', tokenFile } };
    expect((await failureOf(gitSource(server.url('private')), { credentials })).code).toBe('GIT_AUTH');
  });

  it('fails with GIT_AUTH for a wrong token, which nothing repeats', async () => {
    const credentials = { [server.host]: { username: 'robot', tokenFile: join(folder, 'wrong') } };
    const ctx = testCtx();
    const error = await failureOf(gitSource(server.url('private')), { credentials }, ctx);
    expect(error).toMatchObject({ code: 'GIT_AUTH', message: expect.stringContaining('refused the credentials') });
    const said = JSON.stringify(error) + JSON.stringify(ctx.events) + inspect(error, { depth: 10, showHidden: true });
    expect(said).not.toContain('wr0ng-token');
  });

  it('fails with FILE_UNREADABLE without the token file', async () => {
    const credentials = { [server.host]: { username: 'robot', tokenFile: join(folder, 'none') } };
    expect((await failureOf(gitSource(server.url('private')), { credentials })).code).toBe('FILE_UNREADABLE');
  });

  it('shows the token in no argument, environment or file while it is fetched', async () => {
    const rules = { credentials: CREDENTIALS, stall: 'midway' } as const;
    await server.createRepository('stalling', { files: { 'app.py': '' } }, rules);
    await using bench = await startWorkbench();
    const ctx = testCtx();
    const credentials = { [server.host]: { username: 'robot', tokenFile } };
    const opening = openGit(gitSource(server.url('stalling')), bench.options({ credentials }), ctx);
    const ended = expect(opening).rejects.toThrow('enough');
    // Refused, let in, and the one that stalls: git has used the token by then.
    await vi.waitFor(() => expect(server.requests('stalling')).toBe(3), { interval: 5 });
    const processes = await bench.processes();
    expect(processes.length).toBeGreaterThan(1);
    for (const text of [TOKEN, encodeURIComponent(TOKEN), Buffer.from(`robot:${TOKEN}`).toString('base64')]) {
      expect(JSON.stringify(processes)).not.toContain(text);
      expect(() => execFileSync('grep', ['-rqF', '--', text, bench.scratch])).toThrow();
    }
    ctx.abort(new Error('enough'));
    await ended;
  });

  it('gives no credentials to the host that a submodule or a redirect names', async () => {
    await using other = await startGitServer();
    await other.createRepository('thief', { files: { a: '' } }, { credentials: CREDENTIALS });
    await server.createRepository('redirecting', {}, { redirect: `${other.url('thief')}{path}` });
    const credentials = { [server.host]: { username: 'robot', tokenFile } };
    const error = await failureOf(gitSource(server.url('redirecting')), { credentials });
    expect(error.code).toBe('GIT_NOT_FOUND');
    expect(other.requests('thief')).toBe(0);
  });
});

describe('openGit() over https', () => {
  it('trusts the authority that is named, and no unknown one', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...subject];
    execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'pipe' });
    const tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
    await using secure = await startGitServer({ tls });
    const { url } = await secure.createRepository('app', { files: { 'app.py': '' } });
    expect((await failureOf(gitSource(url))).code).toBe('GIT_TLS');
    await using bench = await startWorkbench();
    for (const change of [{ caFile: cert }, { env: { PATH: process.env.PATH, SSL_CERT_FILE: cert } }]) {
      await using tree = await openGit(gitSource(url), bench.options(change), testCtx());
      expect(tree.commit).not.toBeNull();
    }
  });
});
