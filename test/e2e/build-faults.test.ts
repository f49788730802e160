import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { packIndex } from '../../cli/image/pack-index.ts';
import { createRegistries, type Registries } from '../../cli/image/registry/registries.ts';
import { parseImageRef } from '../../runtime/core/image-ref.ts';
import { addBuilder } from '../helpers/builder-image.ts';
import { imageAt } from '../helpers/built-image.ts';
import { makeCertificate } from '../helpers/certificate-authority.ts';
import { type Home, makeHome, runCli, startCli } from '../helpers/cli.ts';
import {
  type CountedRequest,
  type CountingProxy,
  type Fault,
  isWrite,
  startCountingProxy,
} from '../helpers/counting-proxy.ts';
import { testCtx } from '../helpers/ctx.ts';
import { hasDockerRegistry, startDockerRegistry, type TestRegistry } from '../helpers/registry.ts';
import { describeWith } from '../helpers/requires.ts';

type Asked = Pick<CountedRequest, 'method' | 'path' | 'query'>;
const MEBIBYTE = 1_048_576;
const isManifest = ({ path }: Asked): boolean => path.includes('/manifests/');
const isUpload = ({ path, method }: Asked): boolean => path.includes('/uploads/') && method !== 'DELETE';
const isMount = ({ query }: Asked): boolean => query.includes('mount=');
const isBlob = ({ path, method }: Asked): boolean => path.includes('/blobs/sha256:') && method === 'GET';

/** What goes wrong with the first `times` of such requests. */
function fails(which: (asked: Asked) => boolean, fault: Fault, times = Number.POSITIVE_INFINITY) {
  let count = 0;
  return (asked: Asked): Fault | undefined => {
    if (!which(asked) || count >= times) return undefined;
    count += 1;
    return fault;
  };
}

describeWith('registry', hasDockerRegistry())('hibana build, where a registry fails', () => {
  let registry: TestRegistry;
  let elsewhere: TestRegistry;
  let proxy: CountingProxy;
  let registries: Registries;
  let folder: string;
  let home: Home;
  let apps = 0;
  /** Of an upload that is cut this registry takes nothing more, its deletion neither: it clears it away by itself. */
  let isCut = false;
  beforeAll(async () => {
    [registry, elsewhere] = await Promise.all([startDockerRegistry(), startDockerRegistry()]);
    proxy = await startCountingProxy(registry.host);
    registries = createRegistries({ env: {}, home: '/' });
    await addBuilder(storeOf('builders/python'), { tag: 'v1', content: 'b'.repeat(MEBIBYTE) });
    const far = registries.store(parseImageRef(`${elsewhere.host}/builders/python:x`));
    await addBuilder(far, { tag: 'v1', content: 'far' });
  });
  afterAll(async () => {
    await registries[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hibana-faults-'));
    await writeFile(join(folder, 'app.py'), 'print(1)\n');
    // Compresses to what it is: an upload of some length.
    await writeFile(join(folder, 'data.bin'), Buffer.from(Array.from({ length: MEBIBYTE }, () => Math.random() * 256)));
    home = await makeHome();
    apps += 1;
  });
  afterEach(async () => {
    proxy.fault = () => undefined;
    proxy.take();
    const uploads = (await registry.uploads()).filter((path) => path.includes(`/${repository()}/`));
    if (!isCut) expect(uploads).toEqual([]);
    isCut = false;
    expect(await readdir(join(home.stateFolder, 'runs')).catch(() => [])).toEqual([]);
    await home[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const storeOf = (repository: string) => registries.store(parseImageRef(`${registry.host}/${repository}:x`));
  const repository = () => `team/app-${apps}`;
  const commands = (builder = `${proxy.host}/builders/python:v1`, ...more: readonly string[]) => [
    ...['build', folder, '--image', `${proxy.host}/${repository()}:v1`, '--builder', builder, '-o', 'json', ...more],
  ];
  const build = async (...args: Parameters<typeof commands>) => {
    const { status, stdout, stderr } = await runCli(commands(...args), home);
    return { status, stderr, document: JSON.parse(stdout) };
  };
  const isThere = async () => (await storeOf(repository()).resolve('v1', testCtx())) !== undefined;

  it.each<[string, ReturnType<typeof fails>]>([
    [
      '403 for whether a blob is there',
      fails(({ method, path }) => method === 'HEAD' && path.includes('/blobs/'), { status: 403 }),
    ],
    [
      '403 for whether a manifest is there',
      fails((asked) => asked.method === 'HEAD' && isManifest(asked), { status: 403 }),
    ],
    ['429 with Retry-After', fails(isUpload, { status: 429, headers: { 'retry-after': '1' } }, 1)],
    ['500 once for a manifest', fails(isManifest, { status: 500 }, 1)],
    ['500 once for an upload', fails(isUpload, { status: 500 }, 1)],
    ['500 once for the push of a manifest', fails((asked) => isManifest(asked) && isWrite(asked), { status: 500 }, 1)],
    [
      'a cut in the middle of an upload',
      fails((asked) => isUpload(asked) && asked.method === 'PATCH', { cutRequestAfter: 300_000 }, 1),
    ],
    ['a cut in the middle of a configuration', fails(isBlob, { cutReplyAfter: 50 }, 1)],
    ['401 for a mount', fails(isMount, { status: 401 })],
    ['500 for a mount', fails(isMount, { status: 500 })],
    ['403 for what is attached', fails(({ path }) => path.includes('/referrers/'), { status: 403 })],
  ])('builds in spite of %s', async (name, fault) => {
    isCut = name.includes('cut in the middle of an upload');
    proxy.fault = fault;
    const { status, stderr, document } = await build();
    expect(status, stderr).toBe(0);
    const image = await imageAt(storeOf(repository()), 'v1');
    expect(document.digest).toBe(image.descriptor.digest);
    for (const layer of image.manifest.layers) {
      const bytes = await Array.fromAsync(await storeOf(repository()).blob(layer, testCtx()));
      expect(Buffer.concat(bytes)).toHaveLength(layer.size);
    }
  });

  it.each<[string, ReturnType<typeof fails>, number, string]>([
    ['401 without a word of how to log in', fails(() => true, { status: 401 }), 5, 'REGISTRY_AUTH'],
    ['403 for all', fails(() => true, { status: 403 }), 5, 'REGISTRY_AUTH'],
    ['403 for an upload', fails(isUpload, { status: 403 }), 5, 'REGISTRY_AUTH'],
    [
      '405 for the push of a manifest',
      fails((asked) => isManifest(asked) && isWrite(asked), { status: 405 }),
      5,
      'REGISTRY_REFUSED',
    ],
    ['404 for the builder', fails(({ path }) => path.includes('/builders/'), { status: 404 }), 4, 'BUILDER_NOT_FOUND'],
    [
      'uploads that are always cut',
      fails((asked) => isUpload(asked) && asked.method !== 'POST', { cutRequestAfter: 1 }),
      5,
      'REGISTRY_UNREACHABLE',
    ],
    ['another configuration than that of the digest', fails(isBlob, { isChanged: true }), 5, 'DIGEST_MISMATCH'],
    [
      'another manifest than that of the digest',
      fails(({ method, path }) => method === 'GET' && path.includes('/builders/python/manifests/'), {
        isChanged: true,
      }),
      4,
      'MANIFEST_INVALID',
    ],
    [
      'a manifest of schema 1',
      fails(({ path, method }) => method === 'GET' && path.includes('/builders/python/manifests/'), {
        status: 200,
        headers: { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
        body: JSON.stringify({ schemaVersion: 1, name: 'builders/python', tag: 'v1', fsLayers: [], history: [] }),
      }),
      4,
      'MANIFEST_UNSUPPORTED',
    ],
  ])('ends without an image for %s', async (name, fault, status, code) => {
    isCut = name.includes('always cut');
    proxy.fault = fault;
    const end = await build();
    expect({ status: end.status, code: end.document.error?.code }, end.stderr).toEqual({ status, code });
    expect(await isThere()).toBe(false);
  });

  it('brings a layer from another registry that cuts it once, and none that is another', async () => {
    await using far = await startCountingProxy(elsewhere.host);
    const builder = `${far.host}/builders/python:v1`;
    far.fault = fails(isBlob, { isChanged: true });
    expect((await build(builder)).document.error.code).toBe('DIGEST_MISMATCH');
    expect(await isThere()).toBe(false);
    far.fault = fails(isBlob, { cutReplyAfter: 100 }, 2);
    const good = await build(builder);
    expect(good.status, good.stderr).toBe(0);
  });

  it('takes a builder from an index that has attestations, and none of those', async () => {
    const store = storeOf('builders/python');
    const image = await imageAt(store, 'v1');
    const { mediaType, digest, size } = image.descriptor;
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'unknown', architecture: 'unknown' },
    ];
    const images = platforms.map((platform) => ({ descriptor: { mediaType, digest, size, platform } }));
    await packIndex({ images, destination: store, tags: ['attested'] }, testCtx());
    const { status, stderr, document } = await build(`${proxy.host}/builders/python:attested`, '--arch', 'amd64');
    expect(status, stderr).toBe(0);
    expect(document.platforms.map((one: { platform: string }) => one.platform)).toEqual(['amd64']);
    const missing = await build(`${proxy.host}/builders/python:attested`, '--arch', 's390x');
    expect(missing.document.error.code).toBe('ARCHITECTURE_NOT_FOUND');
  });

  it('names the option for a certificate that nobody knows', async () => {
    const { caFile, key, cert } = makeCertificate(folder);
    const [keyFile, certFile] = [join(folder, 'tls.key'), join(folder, 'tls.pem')];
    await Promise.all([writeFile(keyFile, key), writeFile(certFile, cert)]);
    await using secure = await startDockerRegistry({ tls: { keyFile, certFile } });
    const to = ['--image', `${secure.host}/app:v1`];
    const args = ['build', folder, ...to, '--builder', `${proxy.host}/builders/python:v1`, '-o', 'json'];
    const refused = JSON.parse((await runCli(args, home)).stdout).error;
    expect(refused).toMatchObject({ code: 'REGISTRY_UNREACHABLE', hint: expect.stringContaining('--ca-file') });
    const good = await runCli([...args, '--ca-file', caFile], home);
    expect(good.status, good.stderr).toBe(0);
  });

  it.each<[string, (asked: Asked) => boolean]>([
    ['it asks for the builder', isManifest],
    ['it reads a configuration', isBlob],
    ['an upload begins', isUpload],
    ['an upload goes on', (asked) => isUpload(asked) && asked.method !== 'POST'],
    ['the manifest is pushed', (asked) => isManifest(asked) && isWrite(asked)],
  ])('leaves nothing when it is stopped while %s', async (_name, which) => {
    const asked = Promise.withResolvers<void>();
    proxy.fault = (request) => {
      if (which(request)) asked.resolve();
      return undefined;
    };
    const cli = startCli(commands(), home);
    await Promise.race([asked.promise, cli.ended]);
    cli.child.kill('SIGINT');
    const { status, stderr } = await cli.ended;
    expect([0, 130], stderr).toContain(status);
  });
});
