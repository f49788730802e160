import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openGit } from '../../../../../cli/source/git/open-git.ts';
import type { OpenOptions } from '../../../../../cli/source/options.ts';
import { makeCertificate, type ServerCertificate } from '../../../../helpers/certificate-authority.ts';
import { type ConnectProxy, startConnectProxy } from '../../../../helpers/connect-proxy.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { type GitServer, startGitServer } from '../../../../helpers/git-server.ts';
import { startWorkbench } from '../../../../helpers/git-workbench.ts';
import { failureOf, gitSource } from './git-cases.ts';

let home: string;
let certificate: ServerCertificate;
let server: GitServer;
let proxy: ConnectProxy;
let url: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hibana-git-networks-'));
  certificate = makeCertificate(home);
  server = await startGitServer({ tls: certificate });
  ({ url } = await server.createRepository('app', { files: { 'app.py': '' } }));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});
beforeEach(async () => {
  proxy = await startConnectProxy('clerk:pr0xy-Sesame');
  await writeFile(join(home, '.gitconfig'), '');
});
afterEach(() => proxy[Symbol.asyncDispose]());

async function opens(env: Readonly<Record<string, string>>, change: Partial<OpenOptions> = {}): Promise<boolean> {
  await using bench = await startWorkbench();
  const options = bench.options({ env: { PATH: process.env.PATH, HOME: home, ...env }, ...change });
  await using tree = await openGit(gitSource(url), options, testCtx());
  return tree.commit !== null;
}

describe('openGit() over https', () => {
  it.each(['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])('goes by the proxy in %s', async (name) => {
    expect(await opens({ GIT_SSL_CAINFO: certificate.caFile, [name]: proxy.url })).toBe(true);
    expect(new Set(proxy.tunnels)).toEqual(new Set([server.host]));
  });

  it("goes by the proxy and the authorities of the user's git configuration, for this host alone", async () => {
    const settings = (host: string): string =>
      `[http "https://${host}"]\n  proxy = ${proxy.url}\n  sslCAInfo = ${certificate.caFile}\n`;
    await writeFile(join(home, '.gitconfig'), settings(server.host));
    expect(await opens({ HTTPS_PROXY: 'http://127.0.0.1:9' })).toBe(true);
    expect(proxy.tunnels.length).toBeGreaterThan(0);
    await writeFile(join(home, '.gitconfig'), settings('other.example'));
    const env = { PATH: process.env.PATH, HOME: home };
    expect((await failureOf(gitSource(url), { env })).code).toBe('GIT_TLS');
  });

  it('says nothing of the login of a proxy that refuses it', async () => {
    const env = { PATH: process.env.PATH, HOME: home, HTTPS_PROXY: `http://clerk:wr0ng-word@${proxy.host}` };
    const error = await failureOf(gitSource(url), { env, caFile: certificate.caFile });
    expect(JSON.stringify(error) + error.stack).not.toContain('wr0ng-word');
    expect(proxy.refused()).toBeGreaterThan(0);
  });

  it('says behind a proxy what the server says', async () => {
    const env = { PATH: process.env.PATH, HOME: home, HTTPS_PROXY: proxy.url, GIT_SSL_CAINFO: certificate.caFile };
    expect((await failureOf(gitSource(server.url('none')), { env })).code).toBe('GIT_NOT_FOUND');
  });

  it('trusts --ca-file besides what the environment has, not in its place', async () => {
    const other = join(home, 'other');
    await mkdir(other, { recursive: true });
    const { caFile } = makeCertificate(other);
    expect(await opens({ SSL_CERT_FILE: certificate.caFile }, { caFile })).toBe(true);
  });
});
