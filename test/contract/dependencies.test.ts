import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DependencyInput } from '../../builder-images/builder.ts';
import { parseResolveAt } from '../../cli/config/resolve-at.ts';
import { lockedPackages } from '../../cli/toolchain/dependencies/lock-text.ts';
import {
  type DependenciesWanted,
  type PreparedDependencies,
  prepareDependencies,
} from '../../cli/toolchain/dependencies.ts';
import { createPackageSource, type ToolchainDeps } from '../../cli/toolchain/deps.ts';
import { checkImports } from '../../cli/toolchain/imports/check-imports.ts';
import { probeIndex } from '../../cli/toolchain/probes.ts';
import { findPython } from '../../cli/toolchain/python.ts';
import { prepareUv } from '../../cli/toolchain/uv.ts';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { type TestCtx, testCtx } from '../helpers/ctx.ts';
import { closedPort } from '../helpers/git-closed-port.ts';
import { type IndexBehaviour, type PackageIndex, sha256, startPackageIndex } from '../helpers/package-index.ts';
import { describeWith } from '../helpers/requires.ts';
import { brokenSource } from '../helpers/source-distribution.ts';
import { wheelOf } from '../helpers/wheel.ts';

const root = await mkdtemp(join(tmpdir(), 'hibana-dependencies-'));
/** uv is kept from one run of the tests to the next. */
const tools = join(tmpdir(), `hibana-test-tools-${process.getuid?.() ?? 0}`);
const { HTTP_PROXY: _a, http_proxy: _b, PIP_FIND_LINKS: _c, ...env } = process.env;
const base: ToolchainDeps = {
  ...{ cache: tools, env, home: homedir(), platform: process.platform, arch: process.arch },
  ...{ pid: process.pid, extraEnv: {}, index: { indexUrl: null, caFile: null } },
};
const { problem } = await probeIndex(base, testCtx());
const python = await findPython({ wanted: null, series: sparkSeriesOf('4.2') }, base, testCtx());

const COMMIT = '2019-06-03T10:00:00Z';
const BROKEN = { files: { 'hb_lib.py': 'raise ImportError("too new")' } };
/** It loads, and would fail when it comes to that. */
const OLD = { files: { 'hb_old.py': 'import collections\n\ndef call():\n    return collections.Callable\n' } };

/** Each project's versions, with the day on which it came: `early` before the commit, `half` a half-year after it, `late` last of all. */
const [early, half, late] = ['2019-01-01T00:00:00Z', '2019-11-01T00:00:00Z', '2024-01-01T00:00:00Z'];
const wheels = {
  lib1: wheelOf('hb_lib', '1.0'),
  lib2: wheelOf('hb_lib', '2.0'),
  lib3: wheelOf('hb_lib', '3.0', BROKEN),
  other1: wheelOf('hb_other', '1.0', { requires: ['hb_lib<2'] }),
  old1: wheelOf('hb_old', '1.0', OLD),
  old2: wheelOf('hb_old', '2.0'),
};
const uploaded = {
  ...{ [wheels.lib1[0]]: early, [wheels.lib2[0]]: half, [wheels.lib3[0]]: late, [wheels.other1[0]]: early },
  ...{ [wheels.old1[0]]: early, [wheels.old2[0]]: half },
};
const projects = {
  'hb-lib': Object.fromEntries([wheels.lib1, wheels.lib2, wheels.lib3]),
  'hb-other': Object.fromEntries([wheels.other1]),
  'hb-old': Object.fromEntries([wheels.old1, wheels.old2]),
};

let folder = '';
let deps: ToolchainDeps;

async function open(behaviour: Partial<IndexBehaviour> = {}): Promise<PackageIndex> {
  const index = await startPackageIndex(projects, { form: 'json', uploaded, ...behaviour });
  deps = { ...deps, index: { indexUrl: index.url, caFile: null } };
  return index;
}

interface Asked extends Partial<Omit<DependenciesWanted, 'resolveAt' | 'input'>> {
  readonly at?: string;
  readonly imports?: string;
  readonly requireHashes?: boolean;
  readonly ctx?: TestCtx;
}

async function prepare(requirements: string, asked: Asked = {}): Promise<PreparedDependencies> {
  const { at = 'commit', imports = '', requireHashes = false, ctx: called = testCtx(), ...over } = asked;
  await writeFile(join(folder, 'app.py'), imports);
  const input: DependencyInput = {
    kind: 'requirements',
    requirements,
    constraints: '',
    requireHashes,
    files: ['requirements.txt'],
  };
  const check = {
    python,
    appDir: folder,
    entry: 'app.py',
    folders: ['.'],
    archives: [],
    pythonPath: [],
    env: {},
    files: input.files,
    elsewhere: null,
  };
  await using source = createPackageSource(deps);
  const wanted: DependenciesWanted = {
    ...{
      input,
      appDir: folder,
      spark: '4.2.1',
      python,
      resolveAt: parseResolveAt(at, 'at'),
      commitTime: COMMIT,
      upgrade: false,
    },
    checkImports: (site, ctx) => checkImports(check, site, deps, ctx),
    ...over,
  };
  return await prepareDependencies(wanted, source, deps, called);
}

const versions = ({ record }: PreparedDependencies): readonly string[] =>
  lockedPackages(record.lock).map(({ name, version }) => `${name} ${version ?? ''}`);

const warnings = ({ events }: TestCtx): readonly string[] =>
  events.flatMap((event) => (event.type === 'notice' && event.level === 'warning' ? [event.message] : []));

describeWith('index', problem === null)('dependencies as of their time', () => {
  beforeAll(async () => {
    await using source = createPackageSource(base);
    await prepareUv(source, base, testCtx());
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(root, 'case-'));
    deps = { ...base, cache: join(folder, 'cache') };
    await mkdir(deps.cache);
    execFileSync('cp', ['-r', join(tools, 'uv'), join(deps.cache, 'uv')]);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('are those that there were at the commit, with hashes, and a record of them', async () => {
    await using _index = await open();
    const prepared = await prepare('hb-lib\n', { imports: 'import hb_lib' });
    expect(versions(prepared)).toEqual(['hb-lib 1.0']);
    expect(prepared.record).toMatchObject({
      asOf: '2019-06-03T10:00:00.000Z',
      when: 'as of the commit: 2019-06-03',
      why: null,
    });
    expect(await readFile(join(deps.cache, prepared.record.tree, 'requirements.txt'), 'utf8')).toContain(
      '--hash=sha256:',
    );
  });

  it('are taken again for the same commit without a network, also when the installed tree was deleted', async () => {
    const index = await open();
    const first = await prepare('hb-lib\n', { imports: 'import hb_lib' });
    const requests = index.requests.length;
    expect(await prepare('hb-lib\n', { imports: 'import hb_lib' })).toEqual(first);
    expect(index.requests.length).toBe(requests);
    await rm(join(deps.cache, first.record.tree), { recursive: true });
    expect(await prepare('hb-lib\n', { imports: 'import hb_lib' })).toEqual(first);
    await index[Symbol.asyncDispose]();
  });

  it('are of a later time where the first does not install, and say why', async () => {
    await using _index = await open();
    const prepared = await prepare('hb-lib>=2\n', { imports: 'import hb_lib' });
    expect(versions(prepared)).toEqual(['hb-lib 2.0']);
    expect(prepared.record).toMatchObject({
      ...{ asOf: '2019-12-03T10:00:00.000Z', when: 'as of 2019-12-03' },
      why: expect.stringMatching(/at the commit \(2019-06-03\) does not install on Python 3\.\d+: .*hb-lib/),
      tried: [{ asOf: '2019-06-03' }],
    });
  });

  it('are of a later time where the first does not import', async () => {
    await using _index = await open({
      uploaded: { ...uploaded, [wheels.lib3[0]]: early, [wheels.lib1[0]]: half, [wheels.lib2[0]]: half },
    });
    const imports = 'import hb_lib';
    await expect(prepare('hb-lib\n', { imports, at: '2019-06-03' })).rejects.toMatchObject({ code: 'IMPORT_FAILED' });
    await expect(prepare('hb-lib\n', { imports })).rejects.toMatchObject({
      ...{ code: 'IMPORT_FAILED', message: expect.stringContaining('ImportError: too new (tried as of 2019-06-03') },
      details: { distribution: 'hb_lib', version: '3.0', module: 'hb_lib' },
    });
    expect(versions(await prepare('hb-lib<3\n', { imports }))).toEqual(['hb-lib 2.0']);
  });

  it('are of a later time where the first is older than this Python, and no doubt is told of', async () => {
    await using _index = await open();
    const ctx = testCtx();
    expect(versions(await prepare('hb-old\n', { imports: 'import hb_old', ctx }))).toEqual(['hb-old 2.0']);
    expect(warnings(ctx)).toEqual([]);
  });

  it('are told of as doubtful where nothing later is better, each time that they are used', async () => {
    await using _index = await open();
    for (const time of ['found', 'known']) {
      const ctx = testCtx();
      expect(versions(await prepare('hb-old<2\n', { imports: 'import hb_old', ctx })), time).toEqual(['hb-old 1.0']);
      expect(warnings(ctx), time).toEqual([
        expect.stringMatching(
          /^hb_old 1\.0 uses collections\.Callable, which Python 3\.\d+\.\d+ has not \(hb_old:4\)$/,
        ),
      ]);
    }
  });

  it('are told of as doubtful where the source has chosen them', async () => {
    await using _index = await open();
    const ctx = testCtx();
    const lock = `hb-old==1.0 --hash=sha256:${sha256(wheels.old1[1])}\n`;
    expect(versions(await prepare(lock, { requireHashes: true, imports: 'import hb_old', ctx }))).toEqual([
      'hb-old 1.0',
    ]);
    expect(warnings(ctx)).toHaveLength(1);
  });

  it('are resolved anew by --upgrade, and stay that', async () => {
    await using _index = await open();
    expect(versions(await prepare('hb-lib<3\n'))).toEqual(['hb-lib 1.0']);
    expect(versions(await prepare('hb-lib<3\n', { upgrade: true }))).toEqual(['hb-lib 2.0']);
    expect(versions(await prepare('hb-lib<3\n'))).toEqual(['hb-lib 2.0']);
  });

  it('stay as they are when an upgrade fails', async () => {
    await using index = await open();
    const first = await prepare('hb-lib\n', { imports: 'import hb_lib' });
    index.behaviour.status = 500;
    await expect(prepare('hb-lib\n', { imports: 'import hb_lib', upgrade: true })).rejects.toMatchObject({
      code: 'INDEX_UNREACHABLE',
    });
    expect(await prepare('hb-lib\n', { imports: 'import hb_lib' })).toEqual(first);
  }, 120_000);

  it('are those of a time that was asked for and of no other', async () => {
    await using _index = await open();
    expect(versions(await prepare('hb-lib\n', { at: '2019-12-24' }))).toEqual(['hb-lib 2.0']);
    expect(versions(await prepare('hb-lib\n', { at: 'now' }))).toEqual(['hb-lib 3.0']);
    await expect(prepare('hb-lib>=2\n', { at: '2019-06-03' })).rejects.toMatchObject({ code: 'DEPENDENCIES_FAILED' });
  });

  it('are as of now where the index gives no upload dates, which is named', async () => {
    await using index = await open({ uploaded: null });
    const { host } = new URL(index.url);
    const { record } = await prepare('hb-lib<3\n');
    expect(record).toMatchObject({ isNow: true, why: `the index at "${host}" gives no upload dates` });
    await expect(prepare('hb-lib<3\n', { at: '2019-12-24' })).rejects.toMatchObject({
      message: `Cannot resolve the dependencies as of 2019-12-24: the index at "${host}" gives no upload dates`,
    });
  });

  it.each([
    ['without any version', 'hb-nothing==1\n', 'DEPENDENCY_NOT_FOUND', /"hb-nothing==1": .* has no such package/],
    ['without a version that fits', 'hb-lib>=7\n', 'DEPENDENCY_NOT_FOUND', /"hb-lib>=7": .* has hb-lib up to 3\.0/],
    ['that conflict', 'hb-lib==2.0\nhb-other\n', 'DEPENDENCIES_FAILED', /hb-other.*hb-lib/],
  ])('refuse requirements %s', async (_what, requirements, code, message) => {
    await using _index = await open();
    await expect(prepare(requirements)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    ['answers 401', { status: 401 }, 'INDEX_AUTH'],
    ['answers 403', { status: 403 }, 'INDEX_AUTH'],
    ['sends a wrong hash', { hash: 'wrong' }, 'HASH_MISMATCH'],
  ] as const)('end at once with an index that %s', { timeout: 60_000 }, async (_what, behaviour, code) => {
    await using _index = await open(behaviour);
    await expect(prepare('hb-lib\n')).rejects.toMatchObject({ code });
  });

  it('end with an index that is down', { timeout: 120_000 }, async () => {
    deps = { ...deps, index: { indexUrl: `http://127.0.0.1:${await closedPort()}/simple`, caFile: null } };
    await expect(prepare('hb-lib\n')).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  });

  it('name the package whose hash in a lock is wrong', async () => {
    await using _index = await open();
    const lock = `hb-lib==1.0 --hash=sha256:${'0'.repeat(64)}\n`;
    await expect(prepare(lock, { requireHashes: true })).rejects.toMatchObject({
      ...{ code: 'HASH_MISMATCH', message: expect.stringContaining('hb-lib==1.0') },
    });
  });

  it('name the package that would have to be built where there is no compiler, and no other', async () => {
    await using index = await startPackageIndex(
      { ...projects, 'hb-native': Object.fromEntries([await brokenSource('hb_native', '1.0', folder)]) },
      { form: 'json', uploaded: { ...uploaded, 'hb_native-1.0.tar.gz': early } },
    );
    deps = { ...deps, env: { ...env, PATH: '/nowhere' }, index: { indexUrl: index.url, caFile: null } };
    await expect(prepare('hb-lib\nhb-native\n', { at: '2019-06-03' })).rejects.toMatchObject({
      ...{ code: 'COMPILER_NOT_FOUND', details: { packages: [{ name: 'hb-native', version: '1.0' }] } },
    });
  });

  it('stop at a module that nothing asks for', async () => {
    await using _index = await open();
    await expect(prepare('hb-lib\n', { imports: 'import hb_lib, hb_unasked' })).rejects.toMatchObject({
      ...{ code: 'MODULE_NOT_FOUND', message: expect.stringContaining('"hb_unasked"') },
    });
  });
});
