import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LayerEntry } from '../../cli/image/layer-source.ts';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { packImage } from '../../cli/image/pack-image.ts';
import { packIndex } from '../../cli/image/pack-index.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { type CliEnd, type Home, makeHome, runCli } from '../helpers/cli.ts';
import { testCtx } from '../helpers/ctx.ts';
import { canMakeDebianBase, debianBase } from '../helpers/debian-base.ts';
import { hasDocker, startDocker } from '../helpers/docker.ts';
import { fileEntry, layerSource, symlinkEntry } from '../helpers/layer-sources.ts';
import { hasDockerRegistry, startDockerRegistry } from '../helpers/registry.ts';
import { describeWith } from '../helpers/requires.ts';
import { canMount } from '../helpers/small-disk.ts';
import { hasUmoci, type UnpackedImage, unpackImage } from '../helpers/unpacked-image.ts';
import { wheelOf } from '../helpers/wheel.ts';

const exec = promisify(execFile);
const mayRun = canMount() && canMakeDebianBase() && hasUmoci();
const NATIVE = process.arch === 'x64' ? 'amd64' : process.arch;

const PI = `from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
inside = spark.sparkContext.parallelize(range(100000), 2).filter(
    lambda n: (n * 7919 % 1000 / 1000) ** 2 + (n * 104729 % 1000 / 1000) ** 2 <= 1).count()
print("pi is about", 4 * inside / 100000)
`;

let folder: string;
let home: Home;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-builders-'));
  home = await makeHome();
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const layout = (name: string) => join(folder, name);

async function builder(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliEnd> {
  return runCli(['builder', ...args, '--output', 'json'], home, { cwd: folder, env });
}

interface Built {
  readonly image: string;
  readonly digest: string;
  readonly changed: boolean;
  readonly platforms: readonly {
    readonly platform: string;
    readonly digest: string;
    readonly addedBytes: number | null;
    readonly layers: readonly { readonly kind: string; readonly digest: string; readonly origin: string }[];
  }[];
}

async function build(name: string, ...args: readonly string[]): Promise<Built> {
  const end = await builder(['build', name, ...args]);
  expect(end, end.stderr).toMatchObject({ status: 0 });
  return JSON.parse(end.stdout);
}

/** A base that has the names that are looked for, and nothing that runs. */
async function fakeBase(
  name: string,
  architectures: readonly string[],
  more: readonly LayerEntry[] = [],
): Promise<string> {
  const store = createLayoutStore({ folder: layout(name), pid: process.pid });
  const images = [];
  for (const architecture of architectures) {
    const base = { kind: 'scratch', platform: { os: 'linux', architecture } } as const;
    const root = layerSource([
      fileEntry('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'),
      fileEntry(`usr/lib/${architecture}-linux-gnu/libc.so.6`, 'GNU C Library (Debian) stable release version 2.36.'),
      fileEntry('usr/bin/python3.12', architecture, 0o755),
      symlinkEntry('usr/bin/python3', 'python3.12'),
      ...more,
    ]);
    const request = { base, layers: [root], changes: {}, destination: store, tags: [], scratch: folder };
    images.push(await packImage(request, testCtx()));
  }
  await packIndex({ images, destination: store, tags: ['base'] }, testCtx());
  return `oci:${layout(name)}:base`;
}

describe('hibana builder build', () => {
  it('composes a builder for several architectures, with programs for each', async () => {
    const base = await fakeBase('bases', ['amd64', 'arm64']);
    const built = await build('python', '--base', base, '--arch', 'arm64,amd64', '--to', `oci:${layout('both')}`);
    expect(built.platforms.map(({ platform }) => platform)).toEqual(['amd64', 'arm64']);
    const [one, other] = built.platforms.map(({ layers }) => new Map(layers.map(({ kind, digest }) => [kind, digest])));
    const shared = [...(one ?? [])].filter(([kind, digest]) => other?.get(kind) === digest).map(([kind]) => kind);
    expect(shared).toEqual(['spark', 'system', 'scripts', 'launcher']);
    expect((await builder(['test', `oci:${layout('both')}`, '--arch', 'arm64'])).status).toBe(0);
    for (const { addedBytes } of built.platforms) expect(addedBytes).toBeLessThan(2 ** 30);
  });

  it('makes the same image with another cache, in another folder, at another time, under another umask', async () => {
    const base = await fakeBase('bases-again', ['amd64', 'arm64']);
    const flags = ['--base', base, '--arch', 'amd64,arm64'];
    const first = await build('python', ...flags, '--to', `oci:${layout('first')}`);
    const cache = join(folder, 'cache', 'hibana');
    await mkdir(cache, { recursive: true });
    // Half a gigabyte that is fetched once is enough; it is packed anew.
    await symlink(join(foldersFrom(process.env, homedir()).cache, 'spark'), join(cache, 'spark'));
    const command = commandOf(flags, layout('second'));
    const { stdout } = await exec('sh', ['-c', 'umask 077; exec "$@"', 'sh', ...command], {
      cwd: tmpdir(),
      env: { ...process.env, ...home.env, XDG_CACHE_HOME: join(folder, 'cache'), TZ: 'Asia/Kathmandu' },
    });
    const second: Built = JSON.parse(stdout);
    expect(second.platforms.flatMap(({ layers }) => layers)).toEqual(first.platforms.flatMap(({ layers }) => layers));
    expect(second.digest).toBe(first.digest);
  });

  it('writes nothing when the image is there', async () => {
    const flags = ['--base', await fakeBase('bases-twice', [NATIVE]), '--to', `oci:${layout('twice')}`] as const;
    expect((await build('python', ...flags)).changed).toBe(true);
    expect((await build('python', ...flags)).changed).toBe(false);
  });

  it.each<[string, readonly string[], readonly LayerEntry[], string]>([
    ['a base without that Python', ['--python', '3.9'], [], 'BASE_UNSUPPORTED'],
    ['a Python that is none', ['--python', 'three'], [], 'USAGE'],
    ['a libc that is none', ['--libc', 'bookworm'], [], 'USAGE'],
    ['a Spark that there is not', ['--spark', '2.4'], [], 'SPARK_UNSUPPORTED'],
    ['a Spark that does not run on the Python', ['--spark', '3.5'], [], 'PYTHON_UNSUPPORTED'],
    ['an architecture that the base has not', ['--arch', 's390x'], [], 'ARCHITECTURE_NOT_FOUND'],
  ])('refuses %s, and writes nothing', async (what, flags, more, code) => {
    const base = await fakeBase(`bad-${what}`, [NATIVE], more);
    const target = layout(`refused-${what}`);
    const end = await builder(['build', 'python', '--base', base, '--to', `oci:${target}`, ...flags]);
    expect(JSON.parse(end.stdout).error).toMatchObject({ code });
    await expect(readFile(join(target, 'index.json'))).rejects.toThrow('ENOENT');
  });

  it('refuses a base that is not there, a builder that it does not know, and hibana on a base without git', async () => {
    const base = await fakeBase('no-git', [NATIVE]);
    const codes = [];
    for (const [name, of, ...flags] of [
      ['python', `oci:${layout('nowhere')}:base`],
      ['ruby', base],
      ['hibana', base],
      ['hibana', base, '--spark', '4.2'],
    ] as const) {
      const end = await builder(['build', name, '--base', of, '--to', `oci:${layout(`refused-${name}`)}`, ...flags]);
      codes.push(JSON.parse(end.stdout).error.code);
    }
    expect(codes).toEqual(['BASE_NOT_FOUND', 'USAGE', 'BASE_UNSUPPORTED', 'USAGE']);
  });
});

describeWith('registry', hasDockerRegistry())('hibana builder, with a registry', () => {
  it('pushes to where its base is, reads it there, and takes its layers from there without a cache', async () => {
    await using registry = await startDockerRegistry();
    const base = `${registry.host}/base/python:3.12`;
    await exec('skopeo', [
      ...['copy', '--all', '--dest-tls-verify=false', await fakeBase('pushed', [NATIVE]), `docker://${base}`],
    ]);
    const image = `${registry.host}/team/hibana-python:3.12`;
    const first = await build('python', '--base', base, '--image', image, '--tag', 'more');
    expect(first.image).toBe(`${registry.host}/team/hibana-python@${first.digest}`);
    const listed = JSON.parse((await builder(['list', '--image', `${registry.host}/team/hibana-python:more`])).stdout);
    expect(listed.image).toMatchObject({ python: '3.12', libc: 'glibc-2.36', digest: first.platforms[0]?.digest });
    expect((await builder(['test', image])).status).toBe(0);
    const cache = join(folder, 'empty', 'hibana');
    await mkdir(cache, { recursive: true });
    await symlink(join(foldersFrom(process.env, homedir()).cache, 'spark'), join(cache, 'spark'));
    const env = { XDG_CACHE_HOME: join(folder, 'empty') };
    const again = await builder(['build', 'python', '--base', base, '--image', image], env);
    expect(JSON.parse(again.stdout)).toMatchObject({ digest: first.digest, changed: false });
    await expect(readdir(join(cache, 'layers'))).rejects.toThrow('ENOENT');
  });

  it('says so when there is no registry, or no such image', async () => {
    await using registry = await startDockerRegistry();
    const to = ['--to', `oci:${layout('never')}`] as const;
    const codes = [];
    for (const args of [
      ['build', 'python', '--base', `${registry.host}/no/such:base`, ...to],
      ['build', 'python', '--base', '127.0.0.1:1/no/such:base', ...to],
      ['test', `${registry.host}/no/such:builder`],
      ['list', '--image', `${registry.host}/no/such:builder`],
    ]) {
      codes.push(JSON.parse((await builder(args)).stdout).error.code);
    }
    expect(codes).toEqual(['BASE_NOT_FOUND', 'REGISTRY_UNREACHABLE', 'BUILDER_NOT_FOUND', 'BUILDER_NOT_FOUND']);
  });
});

function commandOf(flags: readonly string[], target: string): readonly string[] {
  const root = join(import.meta.dirname, '..', '..');
  const node = join(root, 'node_modules', 'node', 'bin', 'node');
  const program = join(root, 'dist', 'cli', 'main.mjs');
  return [node, program, 'builder', 'build', 'python', ...flags, '--to', `oci:${target}`, '--output', 'json'];
}

describeWith('umoci', hasUmoci())('a builder for another architecture, unpacked by umoci', () => {
  it('has programs for it', async () => {
    const base = await fakeBase('arm', ['arm64']);
    await build('python', '--base', base, '--arch', 'arm64', '--to', `oci:${layout('arm64')}`);
    await using image = await unpackImage(layout('arm64'), 'latest', { runs: false });
    for (const program of ['opt/node/bin/node', 'opt/hibana/bin/uv', 'opt/java/runtime/bin/java']) {
      expect([program, await machineOf(join(image.root, program))]).toEqual([program, AARCH64]);
    }
  });
});

const AARCH64 = 183;

/** `e_machine` of an ELF file. Source: elf(5). */
async function machineOf(path: string): Promise<number> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(20), 0, 20, 0);
  expect(buffer.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
  return buffer.readUInt16LE(18);
}

describeWith('umoci', mayRun)('a builder on Debian, unpacked by umoci', () => {
  let image: UnpackedImage;
  beforeAll(async () => {
    await build('python', '--base', `oci:${await debianBase()}:base`, '--to', `oci:${layout('debian')}`);
    image = await unpackImage(layout('debian'), 'latest', { runs: true });
  });
  afterAll(() => image?.[Symbol.asyncDispose]());

  it('has Java, Node, uv and a Python that finds nothing missing, for its own user', async () => {
    const { stdout } = await image.run([
      ...['sh', '-c', 'java -version 2>&1 && node --version && uv --version && whoami && python3 --version'],
    ]);
    expect(stdout).toMatch(/openjdk version "21.*v24\..*uv 0\..*hibana\nPython 3\.11/s);
  });

  it('runs Java with the option that Spark gives, which this Java does not know', async () => {
    const end = await image.run(['java', '--add-modules=jdk.incubator.vector', '-version']);
    expect(end, end.stderr).toMatchObject({ status: 0 });
  });

  it("runs a job by Spark's own spark-submit", async () => {
    await writeFile(join(image.root, 'tmp/pi.py'), PI);
    const end = await image.run(['spark-submit', '--master', 'local[2]', '/tmp/pi.py']);
    expect(end.stdout, end.stderr).toMatch(/^pi is about 3\.\d+$/m);
  });

  it('lets any user of the group of root write its own name, and no other file of the system', async () => {
    const end = await image.run(['sh', '-c', 'echo "me:x:54321:0::/:/bin/sh" >>/etc/passwd && whoami'], { uid: 54321 });
    expect(end.stdout).toBe('me\n');
    const other = await image.run(['sh', '-c', 'echo >>/opt/hibana/toolchain.json'], { uid: 54321 });
    expect(other.status).not.toBe(0);
  });

  it('assembles by the s2i contract, and saves what the next build uses', async () => {
    const [name, wheel] = wheelOf('tinything', '1.0');
    await put({ 'app.py': PI, 'requirements.txt': `pyspark\n./${name}\n`, [name]: wheel });
    const end = await image.run(['/usr/libexec/s2i/assemble']);
    expect(end, end.stderr).toMatchObject({ status: 0 });
    const read = (path: string) => readFile(join(image.root, 'opt/app-root', path), 'utf8');
    expect(JSON.parse(await read('hibana.json'))).toMatchObject({ name: 'app', entry: 'app.py', spark: '4.2.1' });
    expect(await read('src/app.py')).toBe(PI);
    expect(await read('deps/tinything.py')).toBe('');
    await expect(read('deps/pyspark/__init__.py')).rejects.toThrow('ENOENT');
    const { stdout } = await image.run(['sh', '-c', '/usr/libexec/s2i/save-artifacts | tar -tf -']);
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['deps/tinything.py', 'requirements.txt']));
  });

  it('ends assemble with a reason when it cannot tell what to run', async () => {
    await put({ 'one.py': '', 'two.py': '' });
    const end = await image.run(['/usr/libexec/s2i/assemble']);
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('APP_FILE');
  });

  /** What s2i does before it calls assemble. */
  async function put(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
    const sources = join(image.root, 'tmp/src');
    await rm(sources, { recursive: true, force: true });
    await mkdir(sources);
    await chown(sources, 1001, 0);
    for (const [name, content] of Object.entries(files)) await writeFile(join(sources, name), content);
  }
});

describeWith('umoci', mayRun)("hibana's own image, unpacked by umoci", () => {
  it('has the program, its launcher and its templates', async () => {
    const store = createLayoutStore({ folder: layout('with-git'), pid: process.pid });
    const base = `oci:${await debianBase()}:base`;
    await exec('cp', ['-a', `${await debianBase()}/.`, layout('with-git')]);
    const platform = { os: 'linux', architecture: NATIVE };
    const { readImage } = await import('../../cli/image/read-image.ts');
    const below = await readImage({ store, reference: 'base', platform, name: base }, testCtx());
    if (below === undefined) throw new Error('There is no base');
    const git = layerSource([fileEntry('usr/bin/git', '#!/bin/sh\necho git version 2.39.5\n', 0o755)]);
    const kept = { kind: 'image', image: below, store, ref: null, name: 'base' } as const;
    await packImage(
      { base: kept, layers: [git], changes: {}, destination: store, tags: ['git'], scratch: folder },
      testCtx(),
    );
    await build('hibana', '--base', `oci:${layout('with-git')}:git`, '--to', `oci:${layout('hibana')}`);
    await using image = await unpackImage(layout('hibana'), 'latest', { runs: true });
    const cli = image.entrypoint;
    const version = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')).version;
    expect((await image.run([...cli, '--version'])).stdout).toBe(`${version}\n`);
    expect((await image.run([...cli, 'plan', 'pi'])).stdout).toMatch(/^entry +app\.py \(found in the source\)$/m);
    expect(await image.run([...cli, 'plan', 'pi', '--env-file', 'none'])).toMatchObject({ status: 2 });
    expect((await image.run(['sh', '-c', 'test -s /hibana/launcher.mjs && cd && pwd && touch x'])).stdout).toBe(
      '/home/hibana\n',
    );
  });
});

describeWith('docker', mayRun && (await hasDocker()))('a builder in a Docker daemon', () => {
  it('is loaded, tells what it is for, and runs a job as its own user', async () => {
    await using daemon = await startDocker();
    const base = `oci:${await debianBase()}:base`;
    const name = 'registry.example/hibana-python:test';
    const end = await builder(['build', 'python', '--base', base, '--load', '--image', name], {
      DOCKER_HOST: daemon.host,
    });
    expect(end, end.stderr).toMatchObject({ status: 0 });
    const docker = (...args: readonly string[]) => exec('docker', ['-H', daemon.host, ...args]);
    // Without a network a container's own name stands for no address.
    const alone = ['--network', 'none', '-e', 'SPARK_LOCAL_IP=127.0.0.1'];
    const plain = ['run', '--rm', ...alone, '--read-only', '--tmpfs', '/tmp'];
    expect((await docker(...plain, name)).stdout).toContain('hibana build');
    await writeFile(join(folder, 'pi.py'), PI);
    const job = [
      '-v',
      `${join(folder, 'pi.py')}:/opt/app-root/src/pi.py:ro`,
      name,
      'spark-submit',
      '--master',
      'local[2]',
      'pi.py',
    ];
    expect((await docker(...plain, ...job)).stdout).toMatch(/^pi is about 3\.\d+$/m);
  });
});

const isLong = process.env.HIBANA_TEST_LONG === '1';
const longly = isLong ? describeWith('docker', mayRun && (await hasDocker())) : () => {};

longly('a builder that is tested by a job', () => {
  it('is loaded for it, and nothing is left', async () => {
    await using daemon = await startDocker();
    const base = `oci:${await debianBase()}:base`;
    await build('python', '--base', base, '--to', `oci:${layout('tested')}`);
    const end = await builder(['test', `oci:${layout('tested')}`, '--run'], { DOCKER_HOST: daemon.host });
    expect(end, end.stdout).toMatchObject({ status: 0 });
    expect(JSON.parse(end.stdout).checks).toContainEqual(expect.objectContaining({ name: 'job', state: 'ok' }));
    expect(await daemon.docker.listContainers({ all: true })).toEqual([]);
    expect((await daemon.docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? [])).toEqual([]);
  });
});
