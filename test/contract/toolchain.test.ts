import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DependencyInput } from '../../builder-images/builder.ts';
import { prepareDependencies } from '../../cli/toolchain/dependencies.ts';
import { createPackageSource, type ToolchainDeps } from '../../cli/toolchain/deps.ts';
import { fetchJava } from '../../cli/toolchain/fetch-java.ts';
import { probeIndex } from '../../cli/toolchain/probes.ts';
import { findPython } from '../../cli/toolchain/python.ts';
import { prepareUv } from '../../cli/toolchain/uv.ts';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { testCtx } from '../helpers/ctx.ts';
import { describeWith } from '../helpers/requires.ts';

const series = sparkSeriesOf('4.2');
const root = await mkdtemp(join(tmpdir(), 'hibana-contract-'));
/** uv and Java are kept from one run of the tests to the next. */
const tools = join(tmpdir(), `hibana-test-tools-${process.getuid?.() ?? 0}`);
const deps: ToolchainDeps = {
  ...{ cache: join(root, 'cache'), env: process.env, home: homedir(), platform: process.platform, arch: process.arch },
  ...{ pid: process.pid, extraEnv: {}, index: { indexUrl: null, caFile: null } },
};
const { host, problem } = await probeIndex(deps, testCtx());

async function install(input: DependencyInput, over: Partial<ToolchainDeps> = {}): Promise<string> {
  const own = { ...deps, ...over };
  await using source = createPackageSource(own);
  const python = await findPython({ wanted: null, series }, own, testCtx());
  const wanted = {
    ...{ input, appDir: root, spark: '4.2.1', python, resolveAt: { kind: 'now' } as const, commitTime: null },
    ...{ upgrade: false, checkImports: async () => [] },
  };
  const { site } = await prepareDependencies(wanted, source, own, testCtx());
  return site;
}

const asking = (requirements: string, requireHashes = false): DependencyInput => ({
  ...{ kind: 'requirements', requirements, constraints: '', requireHashes, files: [] },
});

/** What makes every connection fail and is in no key. */
const cut = { env: { ...process.env, ...proxies('http://127.0.0.1:9') } };
function proxies(url: string): Readonly<Record<string, string>> {
  return { HTTPS_PROXY: url, HTTP_PROXY: url, https_proxy: url, http_proxy: url, NO_PROXY: '', no_proxy: '' };
}

describeWith('index', problem === null)(`the toolchain on the real index (${host})`, () => {
  beforeAll(async () => {
    await mkdir(join(deps.cache), { recursive: true });
    const own = { ...deps, cache: tools };
    await using source = createPackageSource(own);
    await prepareUv(source, own, testCtx());
    execFileSync('cp', ['-r', join(tools, 'uv'), join(deps.cache, 'uv')]);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('installs what is asked for, never pyspark or py4j, and not again without a network', async () => {
    const site = await install(asking('six\npyspark\npy4j\n'));
    expect((await readdir(site)).filter((name) => !name.includes('dist-info'))).toEqual(['six.py']);
    expect(await install(asking('six\npyspark\npy4j\n'), cut)).toBe(site);
  });

  it('says DEPENDENCY_NOT_FOUND for a version that is not there, and leaves nothing', async () => {
    await expect(install(asking('six==99.1'))).rejects.toMatchObject({
      code: 'DEPENDENCY_NOT_FOUND',
      message: expect.stringContaining('"six==99.1"'),
    });
    expect((await readdir(join(deps.cache, 'deps'))).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('says INDEX_UNREACHABLE without a network', { timeout: 120_000 }, async () => {
    await expect(install(asking('six<1.16'), cut)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  });

  it('refuses a wrong hash of the application itself', async () => {
    const line = `six==1.16.0 --hash=sha256:${'0'.repeat(64)}`;
    await expect(install(asking(line, true))).rejects.toMatchObject({
      code: 'HASH_MISMATCH',
      message: expect.stringContaining('six==1.16.0'),
    });
  });

  it('installs a package of the source tree', async () => {
    await mkdir(join(root, 'libs', 'own'), { recursive: true });
    await writeFile(join(root, 'libs', 'own', 'pyproject.toml'), OWN_PROJECT);
    await writeFile(join(root, 'libs', 'own', 'own_module.py'), '');
    expect(await readdir(await install(asking('-e ./libs/own\n')))).toContain('own_module.py');
  });

  it('installs what uv.lock says', async () => {
    await writeFile(join(root, 'pyproject.toml'), PROJECT);
    execFileSync(join(deps.cache, 'uv', await uvFolder(), 'uv'), ['lock', '--quiet', '--no-config'], {
      cwd: root,
      stdio: 'pipe',
      env: { ...process.env, UV_CACHE_DIR: join(deps.cache, 'uv-cache') },
    });
    const site = await install({ kind: 'uv-lock', files: ['pyproject.toml', 'uv.lock'] });
    expect((await readdir(site)).filter((name) => !name.includes('dist-info'))).toEqual(['six.py']);
  });

  it('fetches a Java that runs, takes the option that Spark gives it, and has its base archive', async () => {
    const own = { ...deps, cache: tools };
    await using source = createPackageSource(own);
    const java = await fetchJava(series, source, own, testCtx());
    const args = ['--add-modules=jdk.incubator.vector', '-Xshare:on', '-version'];
    execFileSync(join(java.home, 'bin', 'java'), args, { stdio: 'pipe' });
    expect(java).toMatchObject({ release: 21, hasVectorModule: false });
  });
});

async function uvFolder(): Promise<string> {
  const [folder] = await readdir(join(deps.cache, 'uv'));
  return folder ?? '';
}

const PROJECT = `[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["six==1.16.0"]
`;

const OWN_PROJECT = `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "own"
version = "1"
[tool.setuptools]
py-modules = ["own_module"]
`;
