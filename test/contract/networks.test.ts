import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Environment } from '../../cli/packages/machine.ts';
import { createPackageSource, type ToolchainDeps } from '../../cli/toolchain/deps.ts';
import { findPython } from '../../cli/toolchain/python.ts';
import { runUv } from '../../cli/toolchain/run-uv.ts';
import { prepareUv } from '../../cli/toolchain/uv.ts';
import { uvEnvironment } from '../../cli/toolchain/uv-environment.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { makeCertificate } from '../helpers/certificate-authority.ts';
import { startConnectProxy } from '../helpers/connect-proxy.ts';
import { testCtx } from '../helpers/ctx.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { describeWith } from '../helpers/requires.ts';
import { wheelOf } from '../helpers/wheel.ts';

const LOGIN = 'me:s3cret-Sesame';
const root = await mkdtemp(join(tmpdir(), 'hibana-uv-networks-'));
const certificate = makeCertificate(root);
const user: ToolchainDeps = {
  ...{ cache: foldersFrom(process.env, homedir()).cache, env: process.env, home: homedir(), pid: process.pid },
  ...{ platform: process.platform, arch: process.arch, extraEnv: {}, index: { indexUrl: null, caFile: null } },
};
/** uv itself comes from where the tests' other tools come from. */
const uv = await (async () => {
  await using source = createPackageSource(user);
  return prepareUv(source, user, testCtx()).catch(() => null);
})();

/** Installs `tiny` from the index with these settings alone; gives what is installed and all that was said. */
async function install(
  env: Environment,
  index: Partial<ToolchainDeps['index']>,
): Promise<{ readonly installed: readonly string[]; readonly said: string }> {
  const own = await mkdtemp(join(root, 'run-'));
  const home = join(own, 'home');
  await mkdir(home);
  const all = { PATH: process.env.PATH, XDG_CONFIG_DIRS: own, ...env };
  const deps = { ...user, cache: own, home, env: all, index: { indexUrl: null, caFile: null, ...index } };
  await using source = createPackageSource(deps);
  const environment = await uvEnvironment(await source.settings(testCtx()), { deps, folder: own });
  const python = await findPython({ wanted: null, series: sparkSeriesOf('4.2') }, user, testCtx());
  const ctx = testCtx();
  const site = join(own, 'site');
  const run = { uv: uv ?? '', env: environment, appDir: own, python: python.path };
  const result = await runUv(run, ['pip', 'install', '--target', site, 'tiny'], ctx);
  return { installed: await readdir(site).catch(() => []), said: JSON.stringify([result, ctx.events]) };
}

async function startIndex(): Promise<PackageIndex> {
  const [name, bytes] = wheelOf('tiny', '1.0');
  return startPackageIndex({ tiny: { [name]: bytes } }, { login: LOGIN }, certificate);
}

describeWith('index', uv !== null)('uv gets on by the settings that hibana reads', () => {
  it('from an index with a login, over a TLS of its own, through a proxy with a login', async () => {
    await using index = await startIndex();
    await using proxy = await startConnectProxy('clerk:pr0xy-Sesame');
    const url = index.url.replace('//', `//${LOGIN}@`);
    for (const name of ['HTTPS_PROXY', 'all_proxy', 'PIP_PROXY']) {
      const before = proxy.tunnels.length;
      const { installed } = await install({ PIP_INDEX_URL: url, [name]: proxy.url }, { caFile: certificate.caFile });
      expect(installed, name).toContain('tiny.py');
      expect(proxy.tunnels.length, name).toBeGreaterThan(before);
    }
  });

  it('with a token file, netrc, a named index, a trusted host', async () => {
    await using index = await startIndex();
    const token = join(root, 'token');
    await writeFile(token, 's3cret-Sesame\n');
    const netrc = join(root, 'netrc');
    await writeFile(netrc, 'machine 127.0.0.1 login me password s3cret-Sesame\n');
    const { caFile } = certificate;
    const tokens = [{ host: null, file: token, username: 'me' }];
    const rows: readonly (readonly [Environment, Partial<ToolchainDeps['index']>])[] = [
      [{ UV_DEFAULT_INDEX: index.url }, { caFile, tokens }],
      [{ PIP_INDEX_URL: index.url, NETRC: netrc }, { caFile }],
      [
        {
          UV_DEFAULT_INDEX: `corp=${index.url}`,
          UV_INDEX_CORP_USERNAME: 'me',
          UV_INDEX_CORP_PASSWORD: 's3cret-Sesame',
        },
        { caFile },
      ],
      [{ PIP_INDEX_URL: index.url, PIP_TRUSTED_HOST: new URL(index.url).host }, { tokens }],
    ];
    for (const [env, options] of rows) {
      expect((await install(env, options)).installed, JSON.stringify(env)).toContain('tiny.py');
    }
  });

  it('and says no password when the index refuses it', async () => {
    await using index = await startIndex();
    const env = { PIP_INDEX_URL: index.url.replace('//', '//me:wr0ng-word@') };
    const { installed, said } = await install(env, { caFile: certificate.caFile });
    expect(installed).not.toContain('tiny.py');
    expect(said).not.toMatch(/wr0ng-word|bWU6d3Iwbmct/);
  });

  it('leaves nothing', () => rm(root, { recursive: true }));
});
