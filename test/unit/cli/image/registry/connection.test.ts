import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../../../cli/image/digest.ts';
import { createRegistries } from '../../../../../cli/image/registry/registries.ts';
import { makeCertificate, type ServerCertificate } from '../../../../helpers/certificate-authority.ts';
import { startConnectProxy } from '../../../../helpers/connect-proxy.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import type { ScriptedRequest } from '../../../../helpers/scripted-server.ts';
import { BYTES, blobOf, DIGEST, LAYER, TAKES_UPLOADS, testRegistry, UPLOAD } from './harness.ts';

const BLOB = `GET /v2/app/blobs/${DIGEST}`;
const HEAD = 'HEAD /v2/app/manifests/v1';
const FOUND = { status: 200, headers: { 'docker-content-digest': DIGEST } };
const BASIC = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
const LOGIN = { auths: { $HOST: { username: 'me', password: 'Sesame' } } };

let folder: string;
let certificate: ServerCertificate;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-registry-tls-'));
  certificate = makeCertificate(folder);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a redirect', () => {
  it('to another host is followed without the login', async () => {
    await using elsewhere = await testRegistry({ 'GET /blob': { status: 200, body: BYTES } });
    const script = {
      'GET /v2/': BASIC,
      [BLOB]: { status: 307, headers: { location: `${elsewhere.server.url}/blob?a=b` } },
    };
    await using tested = await testRegistry(script, LOGIN);
    expect(digestOf(await buffer(await tested.store.blob(LAYER, testCtx())))).toBe(DIGEST);
    expect(tested.server.requests.at(-1)?.headers.authorization).toMatch(/^Basic/);
    expect(elsewhere.server.requests).toMatchObject([{ url: '/blob?a=b' }]);
    expect(elsewhere.server.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('on the same host keeps the login', async () => {
    const script = {
      'GET /v2/': BASIC,
      [BLOB]: { status: 302, headers: { location: '/other' } },
      'GET /other': { status: 200, body: BYTES },
    };
    await using tested = await testRegistry(script, LOGIN);
    await buffer(await tested.store.blob(LAYER, testCtx()));
    expect(tested.server.requests.at(-1)?.headers.authorization).toMatch(/^Basic/);
  });

  it('that another host answers by 401 is no question for the login', async () => {
    const thief = ({ headers }: ScriptedRequest) => ({
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="http://${headers.host}/token"` },
    });
    await using elsewhere = await testRegistry({ 'GET /blob': thief });
    const script = {
      'GET /v2/': BASIC,
      [BLOB]: { status: 307, headers: { location: `${elsewhere.server.url}/blob` } },
    };
    await using tested = await testRegistry(script, LOGIN);
    await expect(tested.store.blob(LAYER, testCtx())).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
    expect(elsewhere.server.requests).toHaveLength(1);
  });

  it('of a PUT sends the bytes again', async () => {
    const script = {
      ...TAKES_UPLOADS,
      [`PUT ${UPLOAD}`]: { status: 307, headers: { location: '/v2/there?x=y' } },
      'PUT /v2/there': 201,
    };
    await using tested = await testRegistry(script);
    expect(await tested.store.putBlob(blobOf(), testCtx())).toBe('uploaded');
    expect(tested.server.requests.at(-1)).toMatchObject({ url: '/v2/there?x=y', body: BYTES });
  });

  it.each([
    ['without an end', '/v2/app/blobs/loop'],
    ['to what it must not reach', 'http://169.254.169.254/'],
  ])('%s is refused', async (_, location) => {
    const redirect = { status: 307, headers: { location } };
    await using tested = await testRegistry({ [BLOB]: redirect, 'GET /v2/app/blobs/loop': redirect });
    await expect(tested.store.blob(LAYER, testCtx())).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
    expect(tested.server.requests.length).toBeLessThan(9);
  });
});

describe('a registry with TLS', () => {
  const resolve = async (options = {}) => {
    await using tested = await testRegistry({ [HEAD]: FOUND }, { tls: certificate, ...options });
    return await tested.store.resolve('v1', testCtx());
  };

  it('whose authority is not known is refused, naming the option; nothing is asked in plain http', async () => {
    await expect(resolve()).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      exitCode: 5,
      hint: expect.stringContaining('--ca-file'),
    });
  });

  it('is trusted by the option', async () => {
    expect(await resolve({ caFile: certificate.caFile })).toBe(DIGEST);
  });

  it('refuses an authority that cannot be read', async () => {
    await expect(resolve({ caFile: join(folder, 'none') })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it.each(['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'])('is trusted by %s', async (name) => {
    await using tested = await testRegistry({ [HEAD]: FOUND }, { tls: certificate });
    await using registries = createRegistries({ env: { [name]: certificate.caFile }, home: folder });
    const store = registries.store({ registry: tested.server.host, repository: 'app' });
    expect(await store.resolve('v1', testCtx())).toBe(DIGEST);
  });

  it('sends no login to a token server in plain http', async () => {
    await using thief = await testRegistry({ 'GET /token': { status: 200, body: '{"token":"x"}' } });
    const header = { 'www-authenticate': `Bearer realm="${thief.server.url}/token"` };
    const script = { 'GET /v2/': { status: 401, headers: header } };
    await using tested = await testRegistry(script, { ...LOGIN, tls: certificate, caFile: certificate.caFile });
    await expect(tested.store.resolve('v1', testCtx())).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringContaining('plain http'),
    });
    expect(thief.server.requests).toEqual([]);
  });

  it('is not left for plain http by a redirect or a location', async () => {
    await using thief = await testRegistry({ 'GET /blob': { status: 200, body: BYTES } });
    const location = `${thief.server.url}/blob`;
    const script = {
      ...TAKES_UPLOADS,
      [BLOB]: { status: 307, headers: { location } },
      'POST /v2/app/blobs/uploads/': { status: 202, headers: { location } },
    };
    await using tested = await testRegistry(script, { tls: certificate, caFile: certificate.caFile });
    await expect(tested.store.blob(LAYER, testCtx())).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
    await expect(tested.store.putBlob(blobOf(), testCtx())).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
    expect(thief.server.requests).toEqual([]);
  });
});

describe('a connection', () => {
  it('is used again', async () => {
    await using tested = await testRegistry({ ...TAKES_UPLOADS, [HEAD]: FOUND });
    await tested.store.putBlob(blobOf(), testCtx());
    await tested.store.resolve('v1', testCtx());
    expect(new Set(tested.server.requests.map(({ connection }) => connection)).size).toBe(1);
  });

  it('goes by the proxy of the environment, but not to this machine', async () => {
    await using proxy = await startConnectProxy('me:Sesame');
    await using tested = await testRegistry({ [HEAD]: FOUND });
    await using registries = createRegistries({ env: { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url }, home: folder });
    const own = registries.store({ registry: tested.server.host, repository: 'app' });
    expect(await own.resolve('v1', testCtx())).toBe(DIGEST);
    expect(proxy.tunnels).toEqual([]);
    const other = registries.store({ registry: 'registry.invalid', repository: 'app' });
    await expect(other.resolve('v1', testCtx())).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect(proxy.tunnels[0]).toBe('registry.invalid:443');
  });

  it('to nobody is refused at once', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const address = free.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => free.close(resolve));
    await using tested = await testRegistry({}, { registry: `127.0.0.1:${port}` });
    await expect(tested.store.resolve('v1', testCtx())).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: `Cannot reach registry "127.0.0.1:${port}": it refuses the connection`,
    });
    expect(tested.pauses).toEqual([]);
  });

  it('to what is no registry is refused', async () => {
    await using tested = await testRegistry({ 'GET /v2/': 404 });
    await expect(tested.store.resolve('v1', testCtx())).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
      message: expect.stringContaining('there is no registry'),
    });
  });

  it('in plain http needs the word of the user where it is not to this machine', async () => {
    await using proxy = await startConnectProxy('me:Sesame');
    for (const insecure of [[], ['registry.invalid']]) {
      await using registries = createRegistries({ env: { https_proxy: proxy.url }, home: folder, insecure });
      const store = registries.store({ registry: 'registry.invalid', repository: 'app' });
      await expect(store.resolve('v1', testCtx())).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    }
    expect(proxy.tunnels.every((tunnel) => tunnel.endsWith(':443'))).toBe(true);
  });

  it('that goes silent is given up', async () => {
    const limits = { silenceMs: 200 };
    await using tested = await testRegistry({ [HEAD]: { status: 200, isSilent: true } }, { limits });
    await expect(tested.store.resolve('v1', testCtx())).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('it says nothing'),
    });
  });
});
