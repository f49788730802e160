import { cp, mkdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLayoutReferrers } from '../../cli/image/layout/layout-referrers.ts';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { attachedSbom } from '../helpers/attached-sbom.ts';
import { addBuilder } from '../helpers/builder-image.ts';
import { filesOf, imageAt } from '../helpers/built-image.ts';
import { type CliOptions, type Home, makeHome, runCli } from '../helpers/cli.ts';
import { type GitServer, type ServedRepository, startGitServer } from '../helpers/git-server.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { sourceFolder } from '../helpers/source-folder.ts';

const PROGRAM = 'from pyspark.sql import SparkSession\nimport snowballstemmer\nSparkSession.builder.getOrCreate()\n';
const FILES = {
  'app.py': PROGRAM,
  'lib/words.py': 'x = 1\n',
  'notes.log': 'not for anybody',
  '.gitignore': '*.pyc\n',
  'hibana.yaml': 'version: 1\nname: words\nargs: [--all]\nenv: {STAGE: test}\nbuild: {exclude: ["*.log"]}\n',
  'requirements.txt': 'pyspark\nsnowballstemmer==2.2.0\n',
};

interface BuildDocument {
  readonly ok: boolean;
  readonly image: string;
  readonly digest: string;
  readonly changed: boolean;
  readonly unchanged: string | null;
  readonly written: readonly string[];
  readonly commit: string | null;
  readonly platforms: readonly {
    readonly platform: string;
    readonly digest: string;
    readonly sbom: { readonly digest: string } | null;
    readonly layers: readonly { readonly kind: string; readonly digest: string; readonly origin: string | null }[];
  }[];
}

let server: GitServer;
let app: ServedRepository;
let builders: Home;

beforeAll(async () => {
  server = await startGitServer();
  app = await server.createRepository('team/words', { files: FILES });
  builders = await makeHome();
  const store = createLayoutStore({ folder: join(builders.path, 'builders'), pid: process.pid });
  await addBuilder(store, { tag: 'py312' });
  await addBuilder(store, { tag: 'both', architectures: ['amd64', 'arm64'] });
  await addBuilder(store, { tag: 'old', spark: '4.1.4' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await builders[Symbol.asyncDispose]();
});

const builder = (tag = 'py312') => ['--builder', `oci:${join(builders.path, 'builders')}:${tag}`];

async function build(args: readonly string[], home: Home, options: CliOptions = {}): Promise<BuildDocument> {
  const end = await runCli(['build', ...args, '-o', 'json'], home, options);
  expect(end.status, end.stderr).toBe(0);
  return JSON.parse(end.stdout);
}

const kinds = ({ platforms }: BuildDocument) => platforms[0]?.layers.map(({ kind }) => kind);
const made = ({ platforms }: BuildDocument) =>
  platforms[0]?.layers.flatMap(({ kind, origin }) => (origin === 'made' ? [kind] : []));

describe('hibana build to a folder', () => {
  it('makes an image of what is in git, once', async () => {
    await using home = await makeHome();
    const out = join(home.path, 'out');
    const args = [app.url, '--to', `oci:${out}:v1`, ...builder()];
    const first = await runCli(['build', ...args], home);
    expect(first.status, first.stderr).toBe(0);
    const store = createLayoutStore({ folder: out, pid: process.pid });
    const image = await imageAt(store, 'v1');
    expect(first.stdout).toBe(`oci:${out}@${image.descriptor.digest}\n`);

    const files = await filesOf(store, image);
    expect(Object.keys(files)).toEqual(['launcher', 'dependencies', 'app']);
    expect(Object.keys(files.launcher ?? {})).toEqual(['hibana/launcher.mjs']);
    expect(Object.keys(files.dependencies ?? {})).toContain('opt/app-root/deps/snowballstemmer/__init__.py');
    expect(Object.keys(files.dependencies ?? {}).filter((path) => /pyspark|\.pyc$/.test(path))).toEqual([]);
    const source = ['.gitignore', 'app.py', 'hibana.yaml', 'lib/words.py', 'requirements.txt'];
    expect(Object.keys(files.app ?? {})).toEqual([
      'opt/app-root/hibana.json',
      ...source.map((path) => `opt/app-root/src/${path}`),
    ]);
    const descriptor = JSON.parse(files.app?.['opt/app-root/hibana.json'] ?? '');
    expect(descriptor).toMatchObject({ name: 'words', entry: 'app.py', args: ['--all'], env: { STAGE: 'test' } });
    expect(image.config.config).toMatchObject({
      Entrypoint: ['/opt/node/bin/node', '--', '/hibana/launcher.mjs', 'launch'],
      User: '1001',
      WorkingDir: '/opt/app-root/src',
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'SPARK_HOME=/opt/spark'],
      Labels: {
        'org.opencontainers.image.revision': await app.git('rev-parse', 'main'),
        'org.opencontainers.image.source': app.url,
        'io.openshift.s2i.build.commit.ref': 'main',
        'dev.hibana.dependencies': 'snowballstemmer==2.2.0',
      },
    });
    expect(image.config.config?.Cmd).toBeUndefined();

    const asked = server.requests(app.name);
    const again = await build(args, home);
    expect(again).toMatchObject({ changed: false, unchanged: 'request', written: [] });
    expect(again.digest).toBe(image.descriptor.digest);
    // One ls-remote, in two messages, and no checkout.
    expect(server.requests(app.name) - asked).toBe(2);
    expect(await leftovers(home)).toEqual([]);
  });

  it('makes nothing for a commit that changes nothing of it, and but the source for one that does', async () => {
    await using home = await makeHome();
    const to = ['--to', `oci:${join(home.path, 'out')}`, ...builder()];
    const first = await build([app.url, ...to], home);
    expect(made(first)).toEqual(['launcher', 'dependencies', 'app']);
    await app.commit({ files: { 'notes.log': 'more' } });
    const same = await build([app.url, ...to], home);
    expect(same).toMatchObject({ changed: false, unchanged: 'content', digest: first.digest });
    await app.commit({ files: { 'lib/words.py': 'x = 2\n' } });
    const other = await build([app.url, ...to], home);
    expect([other.changed, made(other)]).toEqual([true, ['app']]);
    const forced = await build([app.url, ...to, '--force'], home);
    expect([forced.digest, made(forced)]).toEqual([other.digest, ['launcher', 'dependencies', 'app']]);
  });

  it('gives one digest to the same source in other folders, at other times, with other settings of this machine', async () => {
    await using home = await makeHome();
    await using other = await makeHome();
    const one = await sourceFolder(home, FILES);
    const two = join(other.path, 'somewhere', 'else');
    await mkdir(join(two, '..'), { recursive: true });
    await cp(one, two, { recursive: true, preserveTimestamps: false });
    await utimes(join(two, 'app.py'), 1_000, 1_000);
    await rename(join(two, 'lib/words.py'), join(two, 'lib/x'));
    await rename(join(two, 'lib/x'), join(two, 'lib/words.py'));
    const first = await build([one, '--to', 'oci:out', ...builder()], home, { cwd: home.path });
    const env = { TZ: 'Asia/Tokyo', LANG: 'cs_CZ.UTF-8', HIBANA_HOME: join(other.path, 'hibana') };
    const second = await build(['.', '--to', `oci:${other.path}/out:v2`, ...builder()], other, { cwd: two, env });
    expect(second.digest).toBe(first.digest);
    expect(first.commit).toBeNull();
  });

  it('makes one image of several, with what is the same for all of them once', async () => {
    await using home = await makeHome();
    const out = join(home.path, 'out');
    const result = await build([app.url, '--output', `oci:${out}`, '--arch', 'arm64,amd64', ...builder('both')], home);
    expect(result.platforms.map(({ platform }) => platform)).toEqual(['amd64', 'arm64']);
    const [amd64, arm64] = result.platforms.map(({ layers }) => layers.map(({ digest }) => digest));
    expect(kinds(result)).toEqual(['launcher', 'dependencies', 'app']);
    // A package without native code is the same for both: by its content, and not because anybody said so.
    expect(arm64).toEqual(amd64);
    const store = createLayoutStore({ folder: out, pid: process.pid });
    expect((await imageAt(store, 'latest', 'arm64')).index).toBe(result.digest);
    const referrers = createLayoutReferrers({ folder: out, pid: process.pid });
    for (const { platform, digest, sbom } of result.platforms) {
      const attached = await attachedSbom({ store, referrers }, digest);
      expect(sbom).toEqual({ digest: attached.digest });
      expect(attached.document.metadata.component.purl).toBe(`pkg:oci/words?arch=${platform}`);
      expect(attached.json).toContain('pkg:pypi/snowballstemmer@2.2.0');
    }
    const args = [
      app.url,
      '--to',
      `oci:${home.path}/without`,
      '--arch',
      'amd64,arm64',
      ...builder('both'),
      '--no-sbom',
    ];
    const without = await build(args, home);
    expect([without.digest, ...without.platforms.map(({ sbom }) => sbom)]).toEqual([result.digest, null, null]);
    const index = JSON.parse(await readFile(join(home.path, 'without', 'index.json'), 'utf8'));
    expect(index.manifests).toMatchObject([{ digest: result.digest }]);
    const again = await build([app.url, '--to', `oci:${out}`, '--arch', 'amd64,arm64', ...builder('both')], home);
    expect(again).toMatchObject({ unchanged: 'request', digest: result.digest });
  });

  it('says what it would make, and writes nothing', async () => {
    await using home = await makeHome();
    const out = join(home.path, 'out');
    const folder = await sourceFolder(home, FILES);
    const args = [folder, '--to', `oci:${out}`, ...builder()];
    const dry = await runCli(['build', ...args, '--dry-run'], home);
    expect(dry.status, dry.stderr).toBe(0);
    const store = createLayoutStore({ folder: out, pid: process.pid });
    await expect(imageAt(store, 'latest')).rejects.toThrow('no image');
    const { digest } = await build(args, home);
    expect(dry.stdout).toContain(digest);
    expect(dry.stdout).toMatch(/^ {2}app .* would be uploaded$/m);
    expect(dry.stdout).toMatch(/^would write latest$/m);
  });

  it.each<[string, readonly string[], Readonly<Record<string, string>>, number, string, RegExp]>([
    [
      'a builder with another Spark',
      [],
      { 'requirements.txt': 'pyspark==4.2.1\n' },
      4,
      'BUILDER_MISMATCH',
      /Spark 4\.2\.1.*has Spark 4\.1\.4/,
    ],
    ['another Python', ['--python', '3.11'], {}, 4, 'BUILDER_MISMATCH', /Python 3\.11.*has Python 3\.12/],
    [
      'a variable that reaches into the launcher',
      ['-e', 'NODE_OPTIONS=--require x'],
      {},
      2,
      'ENVIRONMENT_REFUSED',
      /NODE_OPTIONS/,
    ],
    ['a builder that is not there', ['--builder', 'oci:none:v1'], {}, 4, 'BUILDER_NOT_FOUND', /"oci:none:v1"/],
    [
      'an architecture that the builder is not for',
      ['--arch', 'arm64'],
      {},
      4,
      'ARCHITECTURE_NOT_FOUND',
      /linux|amd64/,
    ],
    [
      'a package that comes only as source, for another machine',
      [],
      { 'requirements.txt': 'docopt==0.6.2\n' },
      4,
      'DEPENDENCIES_FAILED',
      /docopt/,
    ],
  ])('fails for %s', async (_name, args, files, status, code, message) => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': 'print(1)\n', ...files });
    const out = join(home.path, 'out');
    const all = ['build', folder, '--to', `oci:${out}`, ...builder('old'), ...args, '-o', 'json'];
    const end = await runCli(all, home, { cwd: home.path });
    expect(end.status, end.stderr).toBe(status);
    expect(JSON.parse(end.stdout).error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await leftovers(home)).toEqual([]);
  });

  it('takes the Spark of the builder where the source leaves it open', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': 'print(1)\n', 'requirements.txt': 'pyspark>=4\n' });
    await writeFile(join(folder, 'hibana.yaml'), `version: 1\nbuild: {builder: "oci:${builders.path}/builders:old"}\n`);
    const out = join(home.path, 'out');
    await build([folder, '--to', `oci:${out}`], home);
    const { config } = await imageAt(createLayoutStore({ folder: out, pid: process.pid }), 'latest');
    expect(JSON.parse(config.config?.Labels?.['dev.hibana.app'] ?? '')).toMatchObject({ spark: '4.1.4' });
  });
});
