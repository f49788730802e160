import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../helpers/certificate-authority.ts';
import { makeHome, runCli } from '../helpers/cli.ts';
import { startConnectProxy } from '../helpers/connect-proxy.ts';
import { startPackageIndex } from '../helpers/package-index.ts';

const TOKEN = 's3cret-Sesame';

/** By name. */
function checksOf(stdout: string): ReadonlyMap<string, { readonly state: string; readonly detail: string }> {
  const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; detail: string }[] }; // as doctor writes it
  return new Map(checks.map((check) => [check.name, check]));
}

describe('hibana on a private network', () => {
  it('reaches an index with a token, over a TLS of its own, through a proxy with a login, and shows neither', async () => {
    await using home = await makeHome();
    const certificate = makeCertificate(home.path);
    const files = { 'pyspark-4.2.1.tar.gz': Buffer.from('x') };
    await using index = await startPackageIndex({ pyspark: files }, { login: `ci:${TOKEN}` }, certificate);
    await using proxy = await startConnectProxy('clerk:pr0xy-Sesame');
    const token = join(home.path, 'token');
    await writeFile(token, `${TOKEN}\n`);
    const env = { HTTPS_PROXY: proxy.url, https_proxy: undefined, NO_PROXY: undefined, no_proxy: undefined };
    const flags = ['--index-url', index.url, '--index-username', 'ci', '--ca-file', certificate.caFile, '-o', 'json'];
    const good = await runCli(['doctor', ...flags, '--index-token-file', token], home, { env });
    expect(checksOf(good.stdout).get('package index')).toMatchObject({ state: 'ok' });
    expect(checksOf(good.stdout).get('network settings')?.detail).toContain(`proxy ${proxy.host} (HTTPS_PROXY)`);
    expect(proxy.tunnels).toContain(new URL(index.url).host);
    const elsewhere = await runCli(['doctor', ...flags, '--index-token-file', `other.example=${token}`], home, { env });
    expect(checksOf(elsewhere.stdout).get('package index')?.detail).toContain('401');
    for (const { stdout, stderr } of [good, elsewhere]) expect(stdout + stderr).not.toMatch(/Sesame/);
  });

  it('says of a token file that is not there which', async () => {
    await using home = await makeHome();
    const { status, stderr } = await runCli(['run', 'pi', '--index-token-file', 'no/such/file'], home);
    expect(status).toBe(2);
    expect(stderr).toContain('"no/such/file"');
  });
});
