import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { createRegistries } from '../../cli/image/registry/registries.ts';
import { builderLabels } from '../helpers/builder-image.ts';
import { filesOf, imageAt } from '../helpers/built-image.ts';
import { findBusybox } from '../helpers/busybox-root.ts';
import { makeCertificate } from '../helpers/certificate-authority.ts';
import { makeHome, runCli, startCli } from '../helpers/cli.ts';
import { canMakeDebianBase, debianBase } from '../helpers/debian-base.ts';
import { hasDocker, startDocker } from '../helpers/docker.ts';
import { dockerSuite } from '../helpers/docker-suite.ts';
import { hasDockerRegistry, startDockerRegistry } from '../helpers/registry.ts';
import { describeWith } from '../helpers/requires.ts';
import { addS2iBuilder, SCRIPTS } from '../helpers/s2i-builder.ts';
import { sourceFolder } from '../helpers/source-folder.ts';

const NATIVE = process.arch === 'x64' ? 'amd64' : process.arch;
/** Stands in for apt: leaves what it was told of the network. */
const APT = 'echo "apt: $*"\nmkdir -p /usr/include\necho "$*" >>/usr/include/asked';
const SEES_NETWORK = `${APT}\necho "$https_proxy" >/usr/include/proxy\ncat /tmp/authorities.pem >/usr/include/authorities`;

describeWith('docker', (await hasDocker()) && (await findBusybox()) !== undefined)(
  'hibana builder build python-devel',
  () => {
    const suite = dockerSuite('hibana-extend-');
    afterEach(async () => {
      expect(await leftInDaemon()).toEqual([]);
    });

    /** Containers, and images but those that were asked for. */
    const leftInDaemon = async (): Promise<readonly string[]> => {
      const containers = await suite.daemon.docker.listContainers({ all: true });
      const images = await suite.daemon.docker.listImages({ all: true });
      const tags = images.flatMap(({ RepoTags, Id }) => RepoTags ?? [Id]);
      return [...containers.map(({ Id }) => Id), ...tags.filter((tag) => !tag.startsWith('registry.example/'))];
    };
    const storeAt = (name: string) => createLayoutStore({ folder: join(suite.folder, name), pid: process.pid });
    const builder = async (apt = APT, labels: Readonly<Record<string, string>> = builderLabels()): Promise<string> => {
      const programs = ['sh', 'cat', 'rm', 'mkdir', 'sleep', 'touch'];
      const env = { PATH: `${SCRIPTS}:/bin` };
      const scripts = { 'apt-get': apt, assemble: 'true', run: 'true' };
      await addS2iBuilder(storeAt('builders'), { tag: 'v1', scripts, programs, env, labels });
      return `oci:${join(suite.folder, 'builders')}:v1`;
    };
    const commands = (base: string, ...more: readonly string[]): readonly string[] => {
      const to = more.some((word) => ['--image', '--to'].includes(word))
        ? []
        : ['--to', `oci:${join(suite.folder, 'out')}`];
      return ['builder', 'build', 'python-devel', '--base', base, '--build-network', 'none', ...to, ...more];
    };
    const env = (): Record<string, string> => ({ DOCKER_HOST: suite.daemon.host });
    const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      runCli([...args, '-o', 'json'], suite.home, { env: { ...env(), ...more } });
    const good = async (...args: Parameters<typeof run>) => {
      const end = await run(...args);
      expect(end.status, end.stderr).toBe(0);
      return JSON.parse(end.stdout);
    };

    it('puts what the Dockerfile does onto the builder, which is what it was otherwise', async () => {
      const built = await good(commands(await builder()));
      expect(built.platforms[0].layers).toMatchObject([{ kind: 'extension', origin: 'made' }]);
      const [base, image] = [
        await imageAt(storeAt('builders'), 'v1', NATIVE),
        await imageAt(storeAt('out'), 'latest', NATIVE),
      ];
      const { 'dev.hibana.layers': _, ...labels } = image.config.config?.Labels ?? {};
      expect(labels).toEqual(builderLabels());
      expect({ ...image.config.config, Labels: {} }).toEqual({ ...base.config.config, Labels: {} });
      expect(image.manifest.layers.slice(0, -1)).toEqual(base.manifest.layers);
      const { extension = {} } = await filesOf(storeAt('out'), image);
      expect(Object.keys(extension)).toEqual(['usr/include/asked']);
      expect(extension['usr/include/asked']).toContain('build-essential');
      const listed = await good(['builder', 'list', '--image', `oci:${join(suite.folder, 'out')}`]);
      expect(listed.image).toMatchObject({ builder: 'python', spark: '4.2.1', digest: built.digest });
    });

    it('comes to the same image in a folder, in a registry and in the daemon, and writes it once', async () => {
      const base = await builder();
      const first = await good(commands(base));
      expect(await good(commands(base))).toMatchObject({ digest: first.digest, changed: false });
      const loaded = await good(commands(base, '--image', 'registry.example/devel:v1', '--load'));
      expect(loaded.digest).toBe(first.digest);
      const { Config, RootFS } = await suite.daemon.docker.getImage('registry.example/devel:v1').inspect();
      expect(Config.Labels).toMatchObject(builderLabels());
      expect(RootFS.Layers?.at(-1)).toBe(first.platforms[0].layers[0].diffId);
    });

    it('tells the build of proxies and authorities, and the image of none', async () => {
      const authority = makeCertificate(suite.folder);
      const proxy = 'http://user:planted@proxy.example:3128';
      const base = await builder(SEES_NETWORK);
      await good(commands(base, '--ca-file', authority.caFile), { https_proxy: proxy });
      const image = await imageAt(storeAt('out'), 'latest', NATIVE);
      const { extension = {} } = await filesOf(storeAt('out'), image);
      expect(extension['usr/include/proxy']).toBe(`${proxy}\n`);
      expect(extension['usr/include/authorities']).toContain('BEGIN CERTIFICATE');
      expect(Object.keys(extension).filter((path) => !path.startsWith('usr/include/'))).toEqual([]);
      expect(JSON.stringify(image.config)).not.toContain('planted');
    });

    it.each([
      ['a command that fails', 'echo broken >&2; exit 100', [], 4, { code: 'BUILDER_FAILED' }, { status: 100 }],
      ['one that does not end', 'sleep 600', ['--build-timeout', '3s'], 124, { code: 'BUILDER_TIMEOUT' }, {}],
    ])('leaves nothing of %s', async (_name, apt, more, status, error, details) => {
      const end = await run(commands(await builder(apt), ...more));
      expect(end.status, end.stderr).toBe(status);
      expect(JSON.parse(end.stdout).error).toMatchObject({ ...error, details });
      expect(await readdir(suite.folder)).toEqual(['builders']);
    });

    it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing when it is stopped by %s', async (signal) => {
      const cli = startCli(commands(await builder('touch /begun; sleep 600')), suite.home, { env: env() });
      while ((await suite.daemon.docker.listContainers()).length === 0) await pause(50);
      cli.child.kill(signal);
      expect((await cli.ended).status).toBe(signal === 'SIGINT' ? 130 : 143);
      expect(await readdir(suite.folder)).toEqual(['builders']);
    });

    it('leaves nothing when it is stopped while the builder is brought', async () => {
      const cli = startCli(commands(await builder()), suite.home, { env: env() });
      const filters = JSON.stringify({ label: ['hibana.dev/role=build'] });
      const isThere = async () => (await suite.daemon.docker.listImages({ all: true, filters })).length > 0;
      while (!(await isThere()) && cli.child.exitCode === null) await pause(5);
      cli.child.kill('SIGINT');
      expect([0, 130]).toContain((await cli.ended).status);
    });

    it.each<[string, Readonly<Record<string, string>>, readonly string[], number, string]>([
      ['a builder of somebody else', { 'io.openshift.s2i.scripts-url': 'image:///x' }, [], 4, 'BUILDER_UNSUPPORTED'],
      [
        'a builder for another language',
        { ...builderLabels(), 'dev.hibana.builder': 'ruby' },
        [],
        4,
        'BUILDER_MISMATCH',
      ],
      ['another architecture', builderLabels(), ['--arch', 's390x'], 2, 'USAGE'],
      ['another Spark', builderLabels(), ['--spark', '4.1'], 2, 'USAGE'],
      ['a tag that says another Python', builderLabels(), ['--tag', '3.14-devel'], 2, 'IMAGE_NAME_INVALID'],
      ['a time that is none', builderLabels(), ['--build-timeout', 'soon'], 2, 'USAGE'],
      ['authorities that are not there', builderLabels(), ['--ca-file', '/nowhere'], 2, 'FILE_UNREADABLE'],
    ])('refuses %s', async (_name, labels, more, status, code) => {
      const end = await run(commands(await builder(APT, labels), ...more));
      expect(end.status, end.stderr).toBe(status);
      const { error } = JSON.parse(end.stdout);
      expect(error.code).toBe(code);
      // That is an option of another command.
      expect(error.hint).not.toContain('--build-in ');
    });

    it('refuses what is not there: a builder, its name, a daemon', async () => {
      const nowhere = { DOCKER_HOST: `unix://${suite.folder}/nowhere.sock` };
      const ends = [
        await run(commands(`oci:${suite.folder}/nowhere`)),
        await run(['builder', 'build', 'python-devel', '--to', `oci:${suite.folder}/out`]),
        await run(commands(await builder()), nowhere),
        await run(['builder', 'build', 'python', '--build-network', 'host', '--to', `oci:${suite.folder}/out`]),
      ];
      const codes = ends.map(({ stdout }) => JSON.parse(stdout).error.code);
      expect(codes).toEqual(['BUILDER_NOT_FOUND', 'USAGE', 'DOCKER_UNREACHABLE', 'USAGE']);
    });
  },
);

describeWith('docker', (await hasDocker()) && (await findBusybox()) !== undefined && hasDockerRegistry())(
  'hibana builder build python-devel, with a registry',
  () => {
    it('pushes one layer, and takes the others from where the builder is', async () => {
      await using daemon = await startDocker();
      await using registry = await startDockerRegistry();
      await using home = await makeHome();
      await using registries = createRegistries({ env: {}, home: '/' });
      const place = { registry: registry.host, repository: 'builders/python' };
      const scripts = { 'apt-get': APT };
      const programs = ['sh', 'cat', 'rm', 'mkdir'];
      const builder = { tag: 'v1', scripts, programs, labels: builderLabels(), env: { PATH: `${SCRIPTS}:/bin` } };
      await addS2iBuilder(registries.store(place, { access: 'push', mountFrom: [] }), builder);
      const image = `${registry.host}/team/devel:v1`;
      const base = ['--base', `${registry.host}/builders/python:v1`, '--build-network', 'none'];
      const args = ['builder', 'build', 'python-devel', ...base, '--image', image, '-o', 'json'];
      const end = await runCli(args, home, { env: { DOCKER_HOST: daemon.host } });
      expect(end.status, end.stderr).toBe(0);
      const built = JSON.parse(end.stdout);
      expect(built.image).toBe(`${registry.host}/team/devel@${built.digest}`);
      expect(built.platforms[0].layers).toMatchObject([{ kind: 'extension', arrival: 'uploaded' }]);
      expect(await registry.uploads()).toEqual([]);
      const store = registries.store({ registry: registry.host, repository: 'team/devel' });
      const { manifest } = await imageAt(store, 'v1', NATIVE);
      expect(manifest.layers).toHaveLength(2);
    });
  },
);

const isLong = process.env.HIBANA_TEST_LONG === '1';
const longly = isLong ? describeWith('docker', canMakeDebianBase() && (await hasDocker())) : () => {};
const AUTHORITIES = process.env.SSL_CERT_FILE;

const EXTENSION = `#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *args) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "tinyext", "", -1, methods};
PyMODINIT_FUNC PyInit_tinyext(void) { return PyModule_Create(&module); }
`;
const PACKAGE = {
  'app.py': 'import tinyext\nprint("answers", tinyext.answer())\n',
  'requirements.txt': './tinyext\n',
  'tinyext/pyproject.toml': `[build-system]
requires = ["setuptools==75.6.0"]
build-backend = "setuptools.build_meta"
[project]
name = "tinyext"
version = "1.0"
`,
  'tinyext/setup.py':
    'from setuptools import Extension, setup\nsetup(ext_modules=[Extension("tinyext", ["tinyext.c"])])\n',
  'tinyext/tinyext.c': EXTENSION,
};

longly('a builder with a compiler, on Debian', () => {
  it('compiles what has no wheel, which the builder does not, and is made twice the same', async () => {
    await using daemon = await startDocker();
    await using home = await makeHome();
    const folder = await mkdtemp(join(tmpdir(), 'hibana-devel-'));
    const env = { DOCKER_HOST: daemon.host };
    const run = (...args: readonly string[]) => runCli([...args, '-o', 'json'], home, { env });
    const good = async (...args: readonly string[]) => {
      const end = await run(...args);
      expect(end.status, end.stderr).toBe(0);
      return JSON.parse(end.stdout);
    };
    try {
      const layout = (tag: string) => `oci:${folder}/builders:${tag}`;
      const network = ['--build-network', 'host', ...(AUTHORITIES === undefined ? [] : ['--ca-file', AUTHORITIES])];
      await good('builder', 'build', 'python', '--base', `oci:${await debianBase()}:base`, '--to', layout('plain'));
      const devel = ['builder', 'build', 'python-devel', '--base', layout('plain'), ...network, '--to'];
      const first = await good(...devel, layout('devel'));
      expect((await good(...devel, layout('again'))).digest).toBe(first.digest);
      expect((await good('builder', 'test', layout('devel'))).checks).toHaveLength(9);
      const source = await sourceFolder(home, PACKAGE);
      const build = (tag: string) =>
        run(
          'build',
          source,
          '--builder',
          layout(tag),
          '--build-in',
          'docker',
          ...network,
          '--load',
          '--image',
          'app:v1',
        );
      expect(JSON.parse((await build('plain')).stdout).error.code).toBe('ASSEMBLE_FAILED');
      const end = await build('devel');
      expect(end.status, end.stderr).toBe(0);
      const command = ['sh', '-c', 'PYTHONPATH=/opt/app-root/deps python3 app.py'];
      const ran = await daemon.docker.run('app:v1', command, new PassThrough(), {
        Entrypoint: [],
        HostConfig: { NetworkMode: 'none' },
      });
      expect(ran[0]).toMatchObject({ StatusCode: 0 });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
