import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistries, type Registries } from '../../cli/image/registry/registries.ts';
import { parseImageRef } from '../../runtime/core/image-ref.ts';
import { attachedSbom } from '../helpers/attached-sbom.ts';
import { addBuilder } from '../helpers/builder-image.ts';
import { imageAt } from '../helpers/built-image.ts';
import { makeHome, runCli } from '../helpers/cli.ts';
import { type CountingProxy, isWrite, startCountingProxy } from '../helpers/counting-proxy.ts';
import { testCtx } from '../helpers/ctx.ts';
import { type GitServer, type ServedRepository, startGitServer } from '../helpers/git-server.ts';
import { hasDockerRegistry, startDockerRegistry, type TestRegistry } from '../helpers/registry.ts';
import { describeWith } from '../helpers/requires.ts';
import { sbomProblems } from '../helpers/sbom-schema.ts';

/** Of its wheel. */
const STEMMER_SHA256 = 'c8e1716e83cc398ae16824e5572ae04e0d9fc2c6b985fb0f900f5f0c96ecba1a';
const FILES = { 'app.py': 'import snowballstemmer\n', 'requirements.txt': 'snowballstemmer==2.2.0\n' };

describeWith('registry', hasDockerRegistry())('hibana build to a registry', () => {
  let registry: TestRegistry;
  let proxy: CountingProxy;
  let git: GitServer;
  let registries: Registries;
  let apps = 0;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    proxy = await startCountingProxy(registry.host);
    git = await startGitServer();
    registries = createRegistries({ env: {}, home: '/' });
    await addBuilder(storeOf('builders/python'), { tag: 'v1' });
  });
  afterAll(async () => {
    await registries[Symbol.asyncDispose]();
    await git[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  const storeOf = (repository: string) => registries.store(parseImageRef(`${registry.host}/${repository}:x`));
  const placeOf = (repository: string) => ({
    store: storeOf(repository),
    referrers: registries.referrers(parseImageRef(`${registry.host}/${repository}:x`)),
  });
  const newApp = (): Promise<ServedRepository> => {
    apps += 1;
    return git.createRepository(`team/app-${apps}`, { files: FILES });
  };
  const commands = (app: ServedRepository, ...more: readonly string[]) => {
    const image = `${proxy.host}/${app.name}:v1`;
    return ['build', app.url, '--image', image, '--builder', `${proxy.host}/builders/python:v1`, ...more];
  };
  const writes = () => proxy.take().filter(isWrite);

  it('pushes what it says, and nothing the second time', async () => {
    await using home = await makeHome();
    const app = await newApp();
    const first = await runCli(commands(app), home);
    expect(first.status, first.stderr).toBe(0);
    const { descriptor } = await imageAt(storeOf(app.name), 'v1');
    expect(first.stdout).toBe(`${proxy.host}/${app.name}@${descriptor.digest}\n`);

    proxy.take();
    const asked = git.requests(app.name);
    await using other = await makeHome();
    const again = await runCli(commands(app, '--output', 'json'), other);
    expect(JSON.parse(again.stdout)).toMatchObject({
      ...{ changed: false, unchanged: 'request', written: [], digest: descriptor.digest },
      image: `${proxy.host}/${app.name}@${descriptor.digest}`,
    });
    const requests = proxy.take();
    expect(requests.filter(isWrite)).toEqual([]);
    // The manifest, its configuration, the builder's digest; and whatever a registry is asked first.
    expect(requests.filter(({ path }) => path !== '/v2/')).toHaveLength(3);
    expect(git.requests(app.name) - asked).toBe(2);
  });

  it('takes the layers of the builder from where they are', async () => {
    await using home = await makeHome();
    const app = await newApp();
    proxy.take();
    const { stdout } = await runCli(commands(app, '-o', 'json'), home);
    const { traffic } = JSON.parse(stdout);
    const builder = await imageAt(storeOf('builders/python'), 'v1');
    const [layer] = builder.manifest.layers;
    expect(traffic.mountedBytes).toBeGreaterThanOrEqual(layer?.size ?? Number.NaN);
    const fetched = proxy.take().filter(({ path }) => path.endsWith(`/blobs/${layer?.digest}`));
    expect(fetched.filter(({ method }) => method === 'GET')).toEqual([]);
  });

  it('sends one layer and a configuration for one line of source', async () => {
    await using home = await makeHome();
    const app = await newApp();
    await runCli(commands(app), home);
    await app.commit({ files: { 'app.py': 'import snowballstemmer  # new\n' } });
    proxy.take();
    const { stdout, stderr } = await runCli(commands(app, '-o', 'json'), home);
    const { platforms, changed, traffic } = JSON.parse(stdout);
    expect(changed, stderr).toBe(true);
    const uploaded = platforms[0].layers.filter(({ arrival }: { arrival: string }) => arrival === 'uploaded');
    expect(uploaded.map(({ kind }: { kind: string }) => kind)).toEqual(['app']);
    const sent = writes();
    // The layer, the configuration and the manifest; and of its SBOM, which is the same, its manifest and the list of what is attached.
    expect(sent.filter(({ method }) => method === 'PUT')).toHaveLength(5);
    const bytes = sent.reduce((sum, request) => sum + request.bytes(), 0);
    expect(bytes).toBeLessThan(uploaded[0].bytes + 8_192);
    expect(traffic.uploadedBytes).toBeLessThan(uploaded[0].bytes + 8_192);
  });

  it('attaches to an image what it consists of, the same to the same image', async () => {
    await using home = await makeHome();
    const app = await newApp();
    const built = JSON.parse((await runCli(commands(app, '-o', 'json'), home)).stdout);
    const first = await attachedSbom(placeOf(app.name), built.digest);
    expect(built.platforms[0].sbom).toEqual({ digest: first.digest });
    const { components, metadata } = first.document;
    expect(components.find(({ name }) => name === 'snowballstemmer')).toMatchObject({
      purl: 'pkg:pypi/snowballstemmer@2.2.0',
      externalReferences: [{ hashes: expect.arrayContaining([{ alg: 'SHA-256', content: STEMMER_SHA256 }]) }],
    });
    const builder = await imageAt(storeOf('builders/python'), 'v1');
    expect(components.find(({ type }) => type === 'container')?.version).toBe(builder.descriptor.digest);
    expect(metadata.component.name).toBe(app.name.split('/').at(-1));
    expect(await sbomProblems(first.json)).toBeNull();
    await using other = await makeHome();
    const forced = JSON.parse((await runCli(commands(app, '--force', '-o', 'json'), other)).stdout);
    expect([forced.digest, forced.platforms[0].sbom]).toEqual([built.digest, { digest: first.digest }]);
    const again = JSON.parse((await runCli(commands(app, '-o', 'json'), other)).stdout);
    expect([again.changed, again.platforms[0].sbom]).toEqual([false, null]);
  });

  it('attaches later what the registry refused, without building it again', async () => {
    await using home = await makeHome();
    const app = await newApp();
    proxy.fault = ({ method, path }) =>
      method === 'PUT' && path.includes('/manifests/sha256:') ? { status: 403 } : undefined;
    const refused = await runCli(commands(app, '-o', 'json'), home);
    const built = JSON.parse(refused.stdout);
    expect([built.changed, built.platforms[0].sbom], refused.stderr).toEqual([true, null]);
    expect(JSON.parse((await runCli(commands(app, '-o', 'json'), home)).stdout).platforms[0].sbom).toBeNull();
    proxy.fault = () => undefined;
    proxy.take();
    const again = JSON.parse((await runCli(commands(app, '-o', 'json'), home)).stdout);
    const { digest } = await attachedSbom(placeOf(app.name), built.digest);
    expect(again).toMatchObject({ unchanged: 'request', digest: built.digest, platforms: [{ sbom: { digest } }] });
    proxy.take();
    await runCli(commands(app), home);
    expect(writes()).toEqual([]);
  });

  it('tags what is there under other names, with one write each', async () => {
    await using home = await makeHome();
    const app = await newApp();
    const { stdout } = await runCli(commands(app), home);
    proxy.take();
    const tagged = await runCli(commands(app, '--tag', 'v1.0', '--tag', 'new', '-o', 'json'), home);
    expect(JSON.parse(tagged.stdout)).toMatchObject({ unchanged: 'request', written: ['v1.0', 'new'] });
    expect(writes()).toHaveLength(2);
    expect(await storeOf(app.name).resolve('new', testCtx())).toBe(stdout.trim().split('@')[1]);
    // A new tag, and the same commit under an older one.
    const moved = [
      'build',
      app.url,
      '--image',
      `${proxy.host}/${app.name}:v2`,
      '--tag',
      'v1',
      ...commands(app).slice(4),
    ];
    const again = await runCli([...moved, '-o', 'json'], home);
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, written: ['v2'] });
    expect(writes()).toHaveLength(1);
  });

  it('builds anew when the builder is another one, on the layers that are the same', async () => {
    await using home = await makeHome();
    const app = await newApp();
    const named = ['build', app.url, '--image', `${proxy.host}/${app.name}:v1`];
    await addBuilder(storeOf('builders/moving'), { tag: 'v1' });
    const on = ['--builder', `${proxy.host}/builders/moving:v1`, '-o', 'json'];
    const first = JSON.parse((await runCli([...named, ...on], home)).stdout);
    await addBuilder(storeOf('builders/moving'), { tag: 'v1', content: 'patched' });
    const second = JSON.parse((await runCli([...named, ...on], home)).stdout);
    expect(second.changed).toBe(true);
    expect(second.builder.digest).not.toBe(first.builder.digest);
    const digests = ({ platforms }: typeof first) =>
      platforms[0].layers.map(({ digest }: { digest: string }) => digest);
    expect(digests(second)).toEqual(digests(first));
  });

  it('finds a builder that only the source names by the image it made', async () => {
    await using home = await makeHome();
    const app = await newApp();
    const project = `version: 1\nbuild: {builder: "${proxy.host}/builders/python:v1"}\n`;
    await app.commit({ files: { 'hibana.yaml': project } });
    const args = ['build', app.url, '--image', `${proxy.host}/${app.name}:v1`, '-o', 'json'];
    const first = await runCli(args, home);
    expect(JSON.parse(first.stdout).changed, first.stderr).toBe(true);
    proxy.take();
    const again = await runCli(args, home);
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, unchanged: 'request' });
    expect(writes()).toEqual([]);
  });

  it('writes nothing in a dry run, and says the digest that the image will have', async () => {
    await using home = await makeHome();
    const app = await newApp();
    proxy.take();
    const dry = JSON.parse((await runCli(commands(app, '--dry-run', '-o', 'json'), home)).stdout);
    expect([writes(), dry.platforms[0].sbom]).toEqual([[], null]);
    const real = JSON.parse((await runCli(commands(app, '-o', 'json'), home)).stdout);
    expect([dry.dryRun, dry.digest]).toEqual([true, real.digest]);
  });

  it('builds an image again from what it says of itself, and comes to the same', async () => {
    await using home = await makeHome();
    const app = await newApp();
    const args = ['--name', 'words', '-e', 'STAGE', '--label', 'team=data', '--', '--all'];
    const built = await runCli([...commands(app, '-o', 'json'), ...args], home, {
      env: { STAGE: 'test', APP_ARGS: 'x' },
    });
    const { digest } = JSON.parse(built.stdout);
    await app.commit({ files: { 'app.py': 'import snowballstemmer  # later\n' } });
    await using other = await makeHome();
    const end = await runCli(['rebuild', `${proxy.host}/${app.name}:v1`, '--tag', 'again', '-o', 'json'], other);
    expect(end.status, end.stderr).toBe(0);
    expect(JSON.parse(end.stdout)).toMatchObject({ reproduced: true, digest, before: digest, written: ['again'] });
    expect(await storeOf(app.name).resolve('again', testCtx())).toBe(digest);
    const none = await runCli(['rebuild', `${proxy.host}/builders/python:v1`, '-o', 'json'], other);
    expect([none.status, JSON.parse(none.stdout).error.code]).toEqual([4, 'REBUILD_UNSUPPORTED']);
  });

  it('puts an image onto a patched builder without sending a layer', async () => {
    await using home = await makeHome();
    const app = await newApp();
    const name = `${proxy.host}/${app.name}:v1`;
    const patched = `${proxy.host}/builders/patched:v1`;
    await addBuilder(storeOf('builders/patched'), { tag: 'v1' });
    const built = await runCli(['build', app.url, '--image', name, '--builder', patched, '-o', 'json'], home);
    const same = await runCli(['rebase', name, '-o', 'json'], home);
    const { digest: before } = JSON.parse(built.stdout);
    expect(JSON.parse(same.stdout)).toMatchObject({ changed: false, digest: before, written: [] });
    const digest = await addBuilder(storeOf('builders/patched'), { tag: 'v1', content: 'patched' });
    proxy.take();
    const end = await runCli(['rebase', name, '-o', 'json'], home);
    expect(end.status, end.stderr).toBe(0);
    const rebased = JSON.parse(end.stdout);
    const bytes = writes().reduce((sum, request) => sum + request.bytes(), 0);
    const image = await imageAt(storeOf(app.name), 'v1');
    const sbom = await attachedSbom(placeOf(app.name), image.descriptor.digest);
    expect(bytes).toBeLessThan(image.manifest.config.size + image.descriptor.size + sbom.json.length + 3_072);
    expect(rebased.platforms[0].sbom).toEqual({ digest: sbom.digest });
    expect(sbom.json).toContain(STEMMER_SHA256);
    expect(sbom.json).toContain(digest);
    expect(rebased).toMatchObject({ changed: true, digest: image.descriptor.digest, written: ['v1'] });
    const layersOf = (text: string) =>
      JSON.parse(text).platforms[0].layers.map((one: { digest: string }) => one.digest);
    expect(layersOf(end.stdout)).toEqual(layersOf(built.stdout));
    expect(image.config.config?.Labels).toMatchObject({
      'dev.hibana.builder-digest': digest,
      'org.opencontainers.image.base.digest': digest,
      'org.opencontainers.image.base.name': patched,
      'org.opencontainers.image.revision': await app.git('rev-parse', 'main'),
    });
    expect(image.config.config?.Labels?.['dev.hibana.request-key']).toBeUndefined();
    const again = await runCli(['rebase', name, '-o', 'json'], home);
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, digest: image.descriptor.digest, written: [] });
    // What would have been built on it anew is the same, but for what it says of its request.
    const rebuilt = await runCli(['build', app.url, '--image', name, '--builder', patched, '-o', 'json'], home);
    expect(layersOf(rebuilt.stdout)).toEqual(layersOf(built.stdout));
  });

  it.each([
    ['onto another Spark', 'app', ['--base', 'builders/spark:v1'], 4, 'BUILDER_MISMATCH'],
    ['what nobody built here', 'builders/python', ['--base', 'builders/python:v1'], 4, 'REBASE_UNSUPPORTED'],
    ['what is not there', 'nothing', [], 8, 'IMAGE_NOT_FOUND'],
  ])('does not rebase %s', async (_name, repository, [option, base], status, code) => {
    await using home = await makeHome();
    await addBuilder(storeOf('builders/spark'), { tag: 'v1', spark: '4.1.4' });
    const onto = base === undefined ? [] : [option ?? '', `${proxy.host}/${base}`];
    const image = `${proxy.host}/${repository}:v1`;
    if (repository === 'app')
      await runCli(
        [...commands(await newApp()).slice(0, 2), '--image', image, ...commands(await newApp()).slice(4)],
        home,
      );
    const end = await runCli(['rebase', image, ...onto, '-o', 'json'], home);
    expect(end.status, end.stderr).toBe(status);
    expect(JSON.parse(end.stdout).error.code).toBe(code);
  });

  it.each([
    ['nobody answers', '127.0.0.1:1/team/app:v1', 5, 'REGISTRY_UNREACHABLE'],
    ['the name is none', 'Team/App', 2, 'IMAGE_NAME_INVALID'],
  ])('fails where %s', async (_name, image, status, code) => {
    await using home = await makeHome();
    const app = await newApp();
    const args = ['build', app.url, '--image', image, '--builder', `${proxy.host}/builders/python:v1`, '-o', 'json'];
    const end = await runCli(args, home);
    expect(end.status, end.stderr).toBe(status);
    expect(JSON.parse(end.stdout).error.code).toBe(code);
  });
});

describe('hibana build', () => {
  it('fails for a builder in a registry that is not there, as building does', async () => {
    await using home = await makeHome();
    const args = ['build', 'pi', '--image', '127.0.0.1:1/a', '--builder', '127.0.0.1:1/b', '-o', 'json'];
    const end = await runCli(args, home);
    expect(end.status).toBe(5);
    expect(JSON.parse(end.stdout).error.code).toBe('REGISTRY_UNREACHABLE');
  });
});
