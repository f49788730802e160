import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { filesOf, imageAt } from '../helpers/built-image.ts';
import { findBusybox } from '../helpers/busybox-root.ts';
import { type CliEnd, type Home, makeHome, runCli, startCli } from '../helpers/cli.ts';
import { type DockerDaemon, hasDocker, runReadOnly, startDocker } from '../helpers/docker.ts';
import { type GitServer, startGitServer } from '../helpers/git-server.ts';
import { describeWith } from '../helpers/requires.ts';
import { addS2iBuilder, IN_IMAGE, type S2iBuilder, SCRIPTS, scriptText } from '../helpers/s2i-builder.ts';

/** Takes the source as it is, and leaves marks. */
const ASSEMBLE = 'cp -R /tmp/src/. /opt/app-root/src/\ntouch /opt/app-root/assembled';
const RUN = 'echo "ran as $(id -u):$(id -g) in $(pwd)"; exec sh /opt/app-root/src/app.sh "$@" 0';
const IMAGE_SCRIPTS = { assemble: ASSEMBLE, run: RUN, usage: 'echo usage' };
const SOURCE = { 'app.sh': 'echo "app $#"; exit "$1"\n' };

interface Built extends CliEnd {
  /** The files of the layer that assemble made, with their texts. */
  readonly files: () => Promise<Readonly<Record<string, string>>>;
  readonly config: () => Promise<{
    readonly Env: readonly string[];
    readonly Cmd: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  }>;
}

describeWith('docker', (await hasDocker()) && (await findBusybox()) !== undefined)(
  'hibana build --build-in docker',
  () => {
    let daemon: DockerDaemon;
    let git: GitServer;
    let scripts: Server;
    let scriptsUrl: string;
    let folder: string;
    let home: Home;
    const builders = new Map<string, string>();

    beforeAll(async () => {
      daemon = await startDocker();
      git = await startGitServer();
      scripts = createServer((request, response) => {
        const name = request.url?.split('/').at(-1) ?? '';
        const script = name === 'assemble' ? ASSEMBLE : name === 'run' ? RUN : undefined;
        response.writeHead(script === undefined ? 404 : 200).end(script === undefined ? '' : scriptText(script));
      });
      await new Promise<void>((resolve) => scripts.listen(0, '127.0.0.1', resolve));
      scriptsUrl = `http://127.0.0.1:${(scripts.address() as AddressInfo).port}/.s2i/bin`;
    });
    afterAll(async () => {
      scripts.close();
      await git[Symbol.asyncDispose]();
      await daemon[Symbol.asyncDispose]();
    });
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hibana-contract-'));
      home = await makeHome();
      builders.clear();
    });
    afterEach(async () => {
      expect(await daemon.docker.listContainers({ all: true })).toEqual([]);
      await home[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const layout = (name: string): string => join(folder, name);
    const storeAt = (name: string) => createLayoutStore({ folder: layout(name), pid: process.pid });
    const builder = async (wanted: Omit<S2iBuilder, 'tag'> = {}): Promise<string> => {
      await addS2iBuilder(storeAt('builders'), { tag: 'v1', scripts: IMAGE_SCRIPTS, ...wanted });
      return `oci:${layout('builders')}:v1`;
    };
    const source = async (files: Readonly<Record<string, string>> = SOURCE): Promise<string> => {
      const dir = join(await mkdtemp(join(folder, 'source-')), 'app');
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(dir, name)), { recursive: true });
        await writeFile(join(dir, name), content);
        if (name.startsWith('.s2i/bin/')) await chmod(join(dir, name), 0o755);
      }
      return dir;
    };
    const env = () => ({ DOCKER_HOST: daemon.host });
    const arguments_ = (from: string, on: string, more: readonly string[]) => {
      const to = more.some((word) => ['--to', '--load', '--image'].includes(word))
        ? []
        : ['--to', `oci:${layout('out')}`];
      return ['build', from, '--builder', on, '--build-in', 'docker', '--build-network', 'none', ...to, ...more];
    };
    const build = async (from: string, on: string, ...more: readonly string[]): Promise<Built> => {
      const end = await runCli(arguments_(from, on, more), home, { env: env() });
      const image = () => imageAt(storeAt('out'), 'latest', process.arch === 'x64' ? 'amd64' : process.arch);
      return {
        ...end,
        files: async () => (await filesOf(storeAt('out'), await image())).assemble ?? {},
        config: async () => {
          const { Env = [], Cmd = [], Labels = {} } = (await image()).config.config ?? {};
          return { Env, Cmd, Labels };
        },
      };
    };
    const good = async (...words: Parameters<typeof build>): Promise<Built> => {
      const built = await build(...words);
      expect(built.status, built.stderr).toBe(0);
      return built;
    };
    /** As JSON says it. */
    const failed = async (from: string, on: string, ...more: readonly string[]) => {
      const end = await build(from, on, ...more, '--output', 'json');
      return { status: end.status, error: JSON.parse(end.stdout).error };
    };

    it('makes of a git repository an image that runs by itself, and knows it again', async () => {
      const on = await builder();
      const repository = await git.createRepository('team/contract', { files: SOURCE, tags: { v1: 'main' } });
      const from = `${repository.url}#v1`;
      const first = await good(from, on);
      expect(Object.keys(await first.files()).sort()).toEqual(['opt/app-root/assembled', 'opt/app-root/src/app.sh']);
      const { Cmd, Labels } = await first.config();
      expect(Cmd).toEqual([`${SCRIPTS}/run`]);
      expect(Labels).toMatchObject({
        'io.openshift.s2i.build.source-location': repository.url,
        'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}$/),
      });
      const again = await good(from, on, '--output', 'json');
      expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, unchanged: 'request' });
      await good(from, on, '--load', '--image', 'localhost/contract:v1');
      const run = (user: string, ...more: readonly string[]) =>
        runReadOnly(daemon.docker, { image: 'localhost/contract:v1', user, command: [`${SCRIPTS}/run`, ...more] });
      expect(await run('1001')).toEqual({ status: 0, said: 'ran as 1001:0 in /opt/app-root/src\napp 1\n' });
      expect(await run('1000670000:0', '7')).toMatchObject({ status: 7 });
    });

    it('makes the same digest of the same source anywhere, and uploads nothing for it', async () => {
      const on = await builder();
      const first = await good(await source(), on, '--output', 'json');
      const second = await good(await source(), on, '--to', `oci:${layout('other')}`, '--output', 'json');
      expect(JSON.parse(second.stdout).digest).toBe(JSON.parse(first.stdout).digest);
      const kept = await good(await source(), on, '--output', 'json');
      expect(JSON.parse(kept.stdout)).toMatchObject({ changed: false, unchanged: 'content' });
    });

    it.each([
      ['a web server, by the label', { labels: 'http' }, [], {}, '/tmp/scripts/run'],
      [
        'a variable of old builders',
        { env: { STI_SCRIPTS_URL: `image://${SCRIPTS}` }, labels: {} },
        [],
        {},
        `${SCRIPTS}/run`,
      ],
      ['the source', { labels: {}, scripts: {} }, [], 'own', '/tmp/scripts/run'],
      ['the source for assemble, the builder for run', {}, [], 'assemble', `${SCRIPTS}/run`],
      [
        'a place in the image that is asked for',
        { labels: {} },
        ['--scripts-url', `image://${SCRIPTS}`],
        {},
        `${SCRIPTS}/run`,
      ],
      ['a web server that is asked for', {}, ['--scripts-url', 'http'], {}, '/tmp/scripts/run'],
      ['a folder that is asked for', {}, ['--scripts-url', 'folder'], {}, '/tmp/scripts/run'],
    ] as const)('takes scripts from %s', async (_what, wanted, flags, own, command) => {
      const labels = 'labels' in wanted && wanted.labels === 'http' ? { 'io.s2i.scripts-url': scriptsUrl } : undefined;
      const on = await builder({ ...wanted, ...(labels ? { labels } : {}) } as Omit<S2iBuilder, 'tag'>);
      const assembleOnly = { '.s2i/bin/assemble': scriptText(`${ASSEMBLE}\ntouch /opt/app-root/own`) };
      const both = { ...assembleOnly, '.s2i/bin/run': scriptText(RUN) };
      const from = await source({ ...SOURCE, ...(own === 'own' ? both : own === 'assemble' ? assembleOnly : {}) });
      const place = await source({ assemble: scriptText(ASSEMBLE), run: scriptText(RUN) });
      for (const name of ['assemble', 'run']) await chmod(join(place, name), 0o755);
      const named = flags.map((word) => (word === 'http' ? scriptsUrl : word === 'folder' ? place : word));
      const built = await good(from, on, ...named);
      const files = Object.keys(await built.files());
      expect(files).toContain('opt/app-root/assembled');
      expect(files.includes('opt/app-root/own')).toBe(own === 'own' || own === 'assemble');
      expect(files.includes('tmp/scripts/run')).toBe(command === '/tmp/scripts/run');
      expect(files.filter((path) => /tmp\/(src|artifacts|scripts\/assemble)/.test(path))).toEqual([]);
      expect((await built.config()).Cmd).toEqual([command]);
    });

    it('gives assemble and the image the environment of the source, flags before it, and assemble alone that of the build', async () => {
      const assemble = `${ASSEMBLE}\necho "$A $B $C \${D:-}" > /opt/app-root/said`;
      const on = await builder({ scripts: { ...IMAGE_SCRIPTS, assemble } });
      const from = await source({ ...SOURCE, '.s2i/environment': '# ours\nA=file\nB=file\n' });
      const built = await good(from, on, '--env', 'B=flag', '--env', 'C=flag', '--build-env', 'D=build');
      expect((await built.files())['opt/app-root/said']).toBe('file flag flag build\n');
      const { Env } = await built.config();
      expect(Env).toEqual(expect.arrayContaining(['A=file', 'B=flag', 'C=flag']));
      expect(Env.join('\n')).not.toContain('D=');
    });

    it('looks again for what is newer when it is asked to', async () => {
      const assemble = `${ASSEMBLE}\nread -r now rest < /proc/uptime; echo $now > /opt/app-root/said`;
      const on = await builder({ scripts: { ...IMAGE_SCRIPTS, assemble } });
      const first = (await (await good(await source(), on)).files())['opt/app-root/said'];
      const kept = (await (await good(await source(), on)).files())['opt/app-root/said'];
      const again = (await (await good(await source(), on, '--upgrade')).files())['opt/app-root/said'];
      expect([kept === first, again === first]).toEqual([true, false]);
    });

    it('leaves out what .s2iignore does, at any depth, and the scripts of the source', async () => {
      const on = await builder();
      const from = await source({
        ...SOURCE,
        ...{
          '.s2iignore': '*.md\n!README.md\n',
          'docs/a.md': 'a',
          'README.md': 'r',
          '.s2i/bin/assemble': scriptText(ASSEMBLE),
          '.s2i/bin/lib.sh': '',
        },
      });
      const files = Object.keys(await (await good(from, on)).files());
      expect(files.filter((path) => path.endsWith('.md'))).toEqual(['opt/app-root/src/README.md']);
      expect(files.filter((path) => path.includes('.s2i/bin'))).toEqual(['opt/app-root/src/.s2i/bin/lib.sh']);
    });

    it('takes the labels that assemble leaves before all others, but not those of hibana', async () => {
      const labels = `{"labels":[{"who":"assemble"},{"dev.hibana.plan-key":"x"}]}`;
      const assemble = `${ASSEMBLE}\nmkdir -p /tmp/.s2i\necho '${labels}' > /tmp/.s2i/image_metadata.json`;
      const on = await builder({ scripts: { ...IMAGE_SCRIPTS, assemble } });
      const built = await good(await source(), on, '--label', 'who=flag', '--label', 'other=flag');
      const { Labels } = await built.config();
      expect(Labels).toMatchObject({ who: 'assemble', other: 'flag' });
      expect(Labels['dev.hibana.plan-key']).toMatch(/^[0-9a-f]{64}$/);
    });

    it('injects files for assemble, and leaves none of them', async () => {
      const assemble = `${ASSEMBLE}\ncat /secrets/one /opt/app-root/src/below/one one > /opt/app-root/said`;
      const on = await builder({ scripts: { ...IMAGE_SCRIPTS, assemble } });
      const secrets = await source({ one: '1\n' });
      const inject = [`${secrets}:/secrets`, `${secrets}/one:../src`, `${secrets}:.`];
      const below = await source({ 'src/below/one': '2\n' });
      const words = [...inject, `${below}:/opt/app-root`].flatMap((word) => ['--inject', word]);
      const built = await good(await source(), on, ...words);
      const files = await built.files();
      expect(files['opt/app-root/said']).toBe('1\n2\n1\n');
      expect(Object.keys(files).filter((path) => path.endsWith('one'))).toEqual([]);
      expect(await failed(await source(), on, '--inject', `${secrets}:/nowhere/at/all`)).toMatchObject({
        ...{ status: 4, error: { code: 'INJECTION_FAILED' } },
      });
    });

    it('gives secrets to assemble alone', async () => {
      const assemble = `${ASSEMBLE}\ntest "$(cat /run/secrets/token)" = s3cr3t-word`;
      const on = await builder({ scripts: { ...IMAGE_SCRIPTS, assemble } });
      const secret = join(folder, 'token');
      await writeFile(secret, 's3cr3t-word');
      const built = await good(await source(), on, '--build-secret', `token=${secret}`, '--output', 'json');
      const everything = JSON.stringify([built.stdout, built.stderr, await built.files(), await built.config()]);
      expect(everything).not.toContain('s3cr3t-word');
      const other = await source({ ...SOURCE, other: '' });
      expect(await failed(other, on, '--build-secret', 'token=/nowhere')).toMatchObject({
        ...{ status: expect.any(Number), error: { code: 'FILE_UNREADABLE' } },
      });
    });

    it.each([
      ['1001', 'nobody by number', undefined],
      ['fakeuser', 'a name', 'USER_FORBIDDEN'],
      ['0', 'root', 'USER_FORBIDDEN'],
    ])('lets a builder of user %s, %s, through --allowed-uids or not', async (user, _what, code) => {
      const on = await builder({ user });
      if (code === undefined) await good(await source(), on, '--allowed-uids', '1-');
      else
        expect(await failed(await source(), on, '--allowed-uids', '1-')).toMatchObject({ status: 4, error: { code } });
    });

    it.each([
      ['root', '0', [], 'USER_FORBIDDEN'],
      ['a number', '431', [], undefined],
      ['another one that is asked for', '0', ['--assemble-user', '431'], undefined],
    ] as const)('takes %s from the label of who runs assemble', async (_what, user, flags, code) => {
      const labels = { ...IN_IMAGE, 'io.openshift.s2i.assemble-user': user };
      const on = await builder({ labels, scripts: { ...IMAGE_SCRIPTS, assemble: 'id -u > /tmp/who' } });
      const words = ['--allowed-uids', '1-', ...flags];
      const from = await source();
      if (code !== undefined)
        return expect(await failed(from, on, ...words)).toMatchObject({ status: 4, error: { code } });
      return expect(await (await good(from, on, ...words)).files()).toMatchObject({ 'tmp/who': '431\n' });
    });

    it('gives assemble what save-artifacts finds in the image before', async () => {
      const assemble = `${ASSEMBLE}\ncp /tmp/artifacts/cache/made /opt/app-root/made 2>/dev/null || echo first > /opt/app-root/made\necho again >> /opt/app-root/made`;
      const save =
        'cd /opt/app-root; mkdir -p /tmp/cache; cp made /tmp/cache/; tar -C /tmp -cf - cache; head -c 512 /dev/zero';
      const on = await builder({ scripts: { ...IMAGE_SCRIPTS, assemble, 'save-artifacts': save } });
      const first = await good(await source(), on);
      expect((await first.files())['opt/app-root/made']).toBe('first\nagain\n');
      const changed = await source({ ...SOURCE, 'new.txt': '1' });
      const second = await good(changed, on, '--incremental');
      expect((await second.files())['opt/app-root/made']).toBe('first\nagain\nagain\n');
      const third = await good(await source({ ...SOURCE, 'new.txt': '2' }), on);
      expect((await third.files())['opt/app-root/made']).toBe('first\nagain\n');
      const names = (await daemon.docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
      expect(names.filter((name) => name.includes('hibana-build')).length).toBeLessThanOrEqual(20);
    });

    it.each([
      ['none that saves', undefined],
      ['one that fails', 'exit 3'],
      ['one that writes no archive', 'echo hello'],
    ])('builds as the first time with %s', async (_what, save) => {
      const on = await builder({
        scripts: { ...IMAGE_SCRIPTS, ...(save === undefined ? {} : { 'save-artifacts': save }) },
      });
      await good(await source(), on);
      const built = await good(await source({ ...SOURCE, b: 'b' }), on, '--incremental');
      expect(Object.keys(await built.files())).toContain('opt/app-root/assembled');
    });

    it('bounds what assemble may use, and lets it gain no privileges', async () => {
      const on = await builder({ scripts: { ...IMAGE_SCRIPTS, assemble: 'sleep 600' } });
      const bounds = ['--build-cores', '1', '--build-memory', '256m'];
      const cli = startCli(arguments_(await source(), on, bounds), home, { env: env() });
      await expect.poll(() => daemon.docker.listContainers(), { timeout: 60_000 }).toHaveLength(1);
      const [running] = await daemon.docker.listContainers();
      const { HostConfig } = await daemon.docker.getContainer(running?.Id ?? '').inspect();
      cli.child.kill('SIGTERM');
      expect((await cli.ended).status).toBe(143);
      expect(HostConfig).toMatchObject({
        ...{ NanoCpus: 1_000_000_000, Memory: 268_435_456, MemorySwap: 268_435_456 },
        SecurityOpt: ['no-new-privileges'],
      });
    });

    it('gives the status of an assemble that fails, and its last lines', async () => {
      const on = await builder({
        scripts: { ...IMAGE_SCRIPTS, assemble: 'seq() { :; }; for n in 1 2 3; do echo "line $n"; done; exit 42' },
      });
      expect(await failed(await source(), on)).toMatchObject({
        status: 4,
        error: { code: 'ASSEMBLE_FAILED', details: { status: 42, lastLines: ['line 1', 'line 2', 'line 3'] } },
      });
    });

    it.each([
      ['never ends', 'sleep 600'],
      ['forks and hides', 'setsid sh -c "trap : TERM HUP INT; sleep 600" & setsid sleep 600'],
    ])('ends an assemble that %s', async (_what, assemble) => {
      const on = await builder({ scripts: { ...IMAGE_SCRIPTS, assemble: `${assemble}\nsleep 600` } });
      expect(await failed(await source(), on, '--build-timeout', '3s')).toMatchObject({
        ...{ status: 124, error: { code: 'ASSEMBLE_TIMEOUT' } },
      });
    });

    it('leaves nothing when it is stopped in assemble', async () => {
      const on = await builder({ scripts: { ...IMAGE_SCRIPTS, assemble: 'echo begun; sleep 600' } });
      const cli = startCli(arguments_(await source(), on, []), home, { env: env() });
      while ((await daemon.docker.listContainers()).length === 0)
        await new Promise((resolve) => setTimeout(resolve, 50));
      cli.child.kill('SIGINT');
      expect((await cli.ended).status).toBe(130);
    });

    it.each([
      ['scripts that are nowhere', { labels: {}, scripts: {} }, [], 4, 'SCRIPTS_NOT_FOUND'],
      ['a chosen place without scripts', {}, ['--scripts-url', '/nowhere'], 4, 'SCRIPTS_NOT_FOUND'],
      ['a bad range of users', {}, ['--allowed-uids', 'x'], 2, 'USAGE'],
      ['a secret without a file', {}, ['--build-secret', 'token'], 2, 'USAGE'],
      ['another architecture', {}, ['--arch', 's390x'], 2, 'USAGE'],
      ['what only a plan has a place for', {}, ['--conf', 'a=b'], 2, 'USAGE'],
      ['scripts of a folder that is none', {}, ['--scripts-url', 'file://scripts'], 4, 'SCRIPTS_NOT_FOUND'],
      ['a variable that reaches into everything', {}, ['--env', 'LD_PRELOAD=x'], 2, 'ENVIRONMENT_REFUSED'],
    ] as const)('refuses %s', async (_what, wanted, flags, status, code) => {
      const on = await builder(wanted);
      expect(await failed(await source(), on, ...flags)).toMatchObject({ status, error: { code } });
    });

    it('refuses a line of .s2i/environment that is none, and options of containers without one', async () => {
      const on = await builder();
      const from = await source({ ...SOURCE, '.s2i/environment': 'A=1\nnonsense\n' });
      expect(await failed(from, on)).toMatchObject({ status: 4, error: { code: 'ENVIRONMENT_INVALID' } });
      const end = await runCli(['build', from, '--to', `oci:${layout('out')}`, '--inject', 'x'], home);
      expect([end.status, end.stderr]).toEqual([2, expect.stringContaining('--build-in docker')]);
      const unreachable = { DOCKER_HOST: `unix://${folder}/nothing.sock` };
      const none = await runCli(arguments_(await source(), on, ['--output', 'json']), home, { env: unreachable });
      expect([none.status, JSON.parse(none.stdout).error.code]).toEqual([6, 'DOCKER_UNREACHABLE']);
    });

    it('builds again by what the image says', async () => {
      const on = await builder();
      const repository = await git.createRepository('team/again', { files: SOURCE });
      const first = await good(repository.url, on, '--output', 'json');
      await repository.commit({ files: { 'app.sh': 'echo new\n' } });
      const end = await runCli(['rebuild', `oci:${layout('out')}`, '--output', 'json'], home, { env: env() });
      expect(end.status, end.stderr).toBe(0);
      expect(JSON.parse(end.stdout)).toMatchObject({ reproduced: true, digest: JSON.parse(first.stdout).digest });
    });
  },
);
