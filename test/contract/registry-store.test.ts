import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { digestOf } from '../../cli/image/digest.ts';
import type { ImageStore } from '../../cli/image/image-store.ts';
import { renderManifest } from '../../cli/image/manifest.ts';
import { MEDIA_TYPES } from '../../cli/image/media-types.ts';
import type { Referrers } from '../../cli/image/referrers.ts';
import { createRegistries, type RegistriesDeps } from '../../cli/image/registry/registries.ts';
import type { RepositoryOptions } from '../../cli/image/registry/repository.ts';
import { makeCertificate, type ServerCertificate } from '../helpers/certificate-authority.ts';
import { testCtx } from '../helpers/ctx.ts';
import {
  findCrane,
  hasCrane,
  hasDockerRegistry,
  hasProgram,
  REGISTRY_LOGIN,
  startCraneRegistry,
  startDockerRegistry,
  startReferrersRegistry,
  type TestRegistry,
} from '../helpers/registry.ts';
import { describeWith } from '../helpers/requires.ts';
import { startTokenServer, type TokenServer } from '../helpers/token-server.ts';
import { blobOf, image, imageStoreContract, type StoreUnderTest } from './image-store.ts';
import { type ReferrersUnderTest, referrersContract } from './referrers.ts';

const BUILD_MS = 10 * 60_000;
const SERVICE = 'the registry of a test';
const ISSUER = 'a test';

let folder: string;
let certificate: ServerCertificate;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-registries-'));
  certificate = makeCertificate(folder);
});
afterAll(() => rm(folder, { recursive: true }));

interface Opened extends AsyncDisposable {
  readonly registry: TestRegistry;
  readonly store: (repository: string, options?: RepositoryOptions) => ImageStore;
  readonly referrers: (repository: string) => Referrers;
}

/** A registry with what is needed to talk to it. */
async function open(registry: TestRegistry, deps: Partial<RegistriesDeps> = {}): Promise<Opened> {
  const registries = createRegistries({ env: {}, home: folder, ...deps });
  return {
    registry,
    store: (repository, options) => registries.store({ registry: registry.host, repository }, options),
    referrers: (repository) => registries.referrers({ registry: registry.host, repository }),
    [Symbol.asyncDispose]: async () => {
      await registries[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

async function underTest(opening: Promise<Opened>): Promise<StoreUnderTest> {
  const opened = await opening;
  return {
    store: opened.store('team/app', { access: 'push' }),
    left: opened.registry.uploads,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

async function withReferrers(opening: Promise<Opened>): Promise<ReferrersUnderTest> {
  const opened = await opening;
  return {
    store: opened.store('team/app', { access: 'push' }),
    referrers: opened.referrers('team/app'),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

async function authFile(host: string, entry: object): Promise<string> {
  const path = join(folder, `auth-${host.replace(':', '-')}.json`);
  await writeFile(path, JSON.stringify({ auths: { [host]: entry } }));
  return path;
}

const openPlain = async () => open(await startDockerRegistry());

async function openSecure(login: object = REGISTRY_LOGIN): Promise<Opened> {
  const tls = { certFile: join(folder, 'server.pem'), keyFile: join(folder, 'server.key') };
  const registry = await startDockerRegistry({ tls, isProtected: true });
  return open(registry, { caFile: certificate.caFile, authFile: await authFile(registry.host, login) });
}

interface OpenedWithTokens extends Opened {
  readonly tokens: TokenServer;
}

async function openWithTokens(
  login: object = REGISTRY_LOGIN,
  refuses?: (scope: string) => boolean,
): Promise<OpenedWithTokens> {
  const shared = { key: certificate.key, cert: certificate.cert, service: SERVICE, issuer: ISSUER };
  const tokens = await startTokenServer({ ...shared, login: REGISTRY_LOGIN, ...(refuses && { refuses }) });
  const registry = await startDockerRegistry({
    tokens: { realm: tokens.realm, service: SERVICE, issuer: ISSUER, caFile: certificate.caFile },
  });
  const opened = await open(registry, { authFile: await authFile(registry.host, login) });
  return {
    ...opened,
    tokens,
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

describeWith('registry', hasDockerRegistry())('docker-registry', () => {
  imageStoreContract('docker-registry, plain', () => underTest(openPlain()));
  imageStoreContract('docker-registry, TLS and htpasswd', () => underTest(openSecure()));
  imageStoreContract('docker-registry, token server', () => underTest(openWithTokens()));
  referrersContract('docker-registry, which keeps no list', () => withReferrers(openPlain()));

  it('mounts from another repository', async () => {
    await using opened = await openPlain();
    await expectMount(opened);
  });

  it('refuses a wrong password, and none', async () => {
    for (const login of [{ ...REGISTRY_LOGIN, password: 'no' }, {}]) {
      await using opened = await openSecure(login);
      await expect(opened.store('team/app').resolve('v1', testCtx())).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
      const [blob] = image('oci', 'x').blobs;
      if (blob)
        await expect(opened.store('a').putBlob(blob, testCtx())).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
    }
  });

  it('says which blob of a manifest is not there', async () => {
    await using opened = await openPlain();
    const { manifest } = image('oci', 'unknown');
    await expect(opened.store('team/app').putManifest(manifest, ['v1'], testCtx())).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      details: { status: 400, codes: expect.arrayContaining(['MANIFEST_BLOB_UNKNOWN']) },
    });
  });
});

describeWith('registry', hasDockerRegistry())('docker-registry behind a token server', () => {
  it('takes an identity token', async () => {
    await using opened = await openWithTokens({ identitytoken: REGISTRY_LOGIN.password });
    const [blob] = image('oci', 'x').blobs;
    if (blob) expect(await opened.store('team/app').putBlob(blob, testCtx())).toBe('uploaded');
  });

  it('lets everybody read, and nobody write without a login', async () => {
    await using opened = await openWithTokens({});
    const [blob] = image('oci', 'x').blobs;
    expect(await opened.store('team/app').resolve('v1', testCtx())).toBeUndefined();
    if (blob)
      await expect(opened.store('team/app').putBlob(blob, testCtx())).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
  });

  it('mounts with one token for both repositories', async () => {
    await using opened = await openWithTokens();
    await expectMount(opened);
  });

  it('uploads when no token is given for the source of a mount', async () => {
    await using opened = await openWithTokens(REGISTRY_LOGIN, (scope) => scope === 'repository:base:pull');
    const [blob] = image('oci', 'mounted').blobs;
    if (!blob) throw new Error('an image has blobs');
    await opened.store('base', { access: 'push' }).putBlob(blob, testCtx());
    const from = { registry: opened.registry.host, repository: 'base', tag: null, digest: null };
    const target = opened.store('app', { access: 'push', mountFrom: [from] });
    expect(await target.putBlob({ ...blob, mountFrom: from }, testCtx())).toBe('uploaded');
  });

  it('gets other tokens when these expire, and gives up when all are expired', async () => {
    await using opened = await openWithTokens();
    const { blobs, manifest } = image('oci', 'expired');
    const store = opened.store('team/app', { access: 'push' });
    opened.tokens.life = -1;
    await expect(store.resolve('v1', testCtx())).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
    opened.tokens.life = 300;
    for (const blob of blobs) await store.putBlob(blob, testCtx());
    await store.putManifest(manifest, ['v1'], testCtx());
    expect(await store.resolve('v1', testCtx())).toBe(manifest.descriptor.digest);
  });
});

describeWith('registry', hasCrane())('the registry of crane', () => {
  beforeAll(async () => void (await findCrane()), BUILD_MS);
  imageStoreContract('crane registry', () => underTest(startCraneRegistry().then(open)));
  referrersContract('crane registry, which keeps no list', () => withReferrers(startCraneRegistry().then(open)));
});

describeWith('registry', hasCrane())('a registry that keeps a list of referrers', () => {
  beforeAll(async () => (await startReferrersRegistry())[Symbol.asyncDispose](), BUILD_MS);
  referrersContract('a registry that keeps the list', () => withReferrers(startReferrersRegistry().then(open)));
});

describeWith('registry', hasDockerRegistry() && hasCrane())('two registries', () => {
  beforeAll(async () => void (await findCrane()), BUILD_MS);

  it('an image goes from one to the other as a stream', async () => {
    await using from = await openPlain();
    await using to = await open(await startCraneRegistry());
    const ctx = testCtx();
    const { blobs, manifest } = image('docker', 'copied');
    const [source, target] = [from.store('base'), to.store('mirror/base')];
    for (const blob of blobs) await source.putBlob(blob, ctx);
    for (const { descriptor } of blobs) {
      const arrival = await target.putBlob({ descriptor, open: (opening) => source.blob(descriptor, opening) }, ctx);
      expect(arrival).toBe('uploaded');
    }
    await target.putManifest(manifest, ['v1'], ctx);
    expect(await target.resolve('v1', ctx)).toBe(manifest.descriptor.digest);
  });
});

describeWith('registry', hasDockerRegistry() && hasProgram('skopeo'))('skopeo', () => {
  it('reads and copies what was pushed', async () => {
    await using opened = await openSecure();
    const store = opened.store('team/app', { access: 'push' });
    const { blobs, manifest } = realImage();
    for (const blob of blobs) await store.putBlob(blob, testCtx());
    await store.putManifest(manifest, ['v1'], testCtx());
    const certificates = join(folder, 'certificates');
    await mkdir(certificates, { recursive: true });
    await writeFile(join(certificates, 'ca.crt'), await readFile(certificate.caFile));
    const logins = await authFile(opened.registry.host, {
      auth: Buffer.from(`${REGISTRY_LOGIN.username}:${REGISTRY_LOGIN.password}`).toString('base64'),
    });
    const name = `docker://${opened.registry.host}/team/app`;
    const options = ['--authfile', logins];
    const { stdout } = await promisify(execFile)('skopeo', [
      'inspect',
      ...options,
      '--cert-dir',
      certificates,
      `${name}:v1`,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      Digest: manifest.descriptor.digest,
      Labels: { made: 'by a test' },
      Architecture: 'arm64',
    });
    const layout = join(folder, 'copied');
    const copy = ['--insecure-policy', 'copy', ...options, '--src-cert-dir', certificates];
    await promisify(execFile)('skopeo', [...copy, `${name}@${manifest.descriptor.digest}`, `oci:${layout}:v1`]);
    const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'));
    expect(index.manifests).toMatchObject([{ digest: manifest.descriptor.digest }]);
  });
});

/** One that a program may unpack: its layer is an empty archive. */
function realImage() {
  const archive = Buffer.alloc(10_240);
  const layer = blobOf(gzipSync(archive), MEDIA_TYPES.oci.layer);
  const document = {
    architecture: 'arm64',
    os: 'linux',
    config: { Labels: { made: 'by a test' } },
    rootfs: { type: 'layers', diff_ids: [digestOf(archive)] },
  };
  const config = blobOf(Buffer.from(JSON.stringify(document)), MEDIA_TYPES.oci.config);
  const manifest = renderManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.manifest,
    config: config.descriptor,
    layers: [layer.descriptor],
  });
  return { blobs: [layer, config], manifest };
}

async function expectMount(opened: Opened): Promise<void> {
  const ctx = testCtx();
  const [blob] = image('oci', 'mounted').blobs;
  if (!blob) throw new Error('an image has blobs');
  await opened.store('base', { access: 'push' }).putBlob(blob, ctx);
  const from = { registry: opened.registry.host, repository: 'base', tag: null, digest: null };
  const target = opened.store('app', { access: 'push', mountFrom: [from] });
  const never = async () => Promise.reject(new Error('a mount needs no bytes'));
  expect(await target.putBlob({ ...blob, open: never, mountFrom: from }, ctx)).toBe('mounted');
  expect(await opened.registry.uploads()).toEqual([]);
}
