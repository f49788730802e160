import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../../cli/image/digest.ts';
import { MEDIA_TYPES } from '../../../../../cli/image/media-types.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { BYTES, DIGEST, LAYER, testRegistry } from './harness.ts';

const CONFIG = { mediaType: MEDIA_TYPES.oci.config, digest: DIGEST, size: 2 };
const MANIFEST = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.oci.manifest, config: CONFIG, layers: [] }),
);
const MANIFEST_DIGEST = digestOf(MANIFEST);
const GOOD = { status: 200, body: MANIFEST, headers: { 'content-type': MEDIA_TYPES.oci.manifest } };
const TAG = 'GET /v2/app/manifests/v1';
const AT_DIGEST = `GET /v2/app/manifests/${MANIFEST_DIGEST}`;
const HEAD = 'HEAD /v2/app/manifests/v1';
const BLOB = `GET /v2/app/blobs/${DIGEST}`;

describe('manifest()', () => {
  it('reads by tag and by digest, and says all the types that it takes', async () => {
    await using tested = await testRegistry({ [TAG]: GOOD, [AT_DIGEST]: GOOD });
    const stored = {
      descriptor: { mediaType: MEDIA_TYPES.oci.manifest, digest: MANIFEST_DIGEST, size: MANIFEST.length },
    };
    expect(await tested.store.manifest('v1', testCtx())).toMatchObject(stored);
    expect(await tested.store.manifest(MANIFEST_DIGEST, testCtx())).toMatchObject(stored);
    const accept = tested.server.requests.at(-1)?.headers.accept ?? '';
    for (const family of ['oci', 'docker'] as const) {
      expect(accept).toContain(MEDIA_TYPES[family].manifest);
      expect(accept).toContain(MEDIA_TYPES[family].index);
    }
  });

  it('is undefined for what is not there', async () => {
    await using tested = await testRegistry({});
    expect(await tested.store.manifest('v1', testCtx())).toBeUndefined();
  });

  it.each([
    ['401', 401, 'REGISTRY_AUTH'],
    ['403', 403, 'REGISTRY_AUTH'],
    ['418', 418, 'REGISTRY_REFUSED'],
    ['500 each time', 500, 'REGISTRY_REFUSED'],
    ['another one', { ...GOOD, body: Buffer.concat([MANIFEST, Buffer.from(' ')]) }, 'DIGEST_MISMATCH'],
    ['no JSON', { status: 200, body: 'hello' }, 'MANIFEST_INVALID'],
    ['9 MiB', { status: 200, body: Buffer.alloc(9 * 1_024 * 1_024) }, 'MANIFEST_INVALID'],
    [
      'schema 1',
      {
        status: 200,
        body: '{"schemaVersion":1,"fsLayers":[]}',
        headers: { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
      },
      'MANIFEST_UNSUPPORTED',
    ],
  ])('refuses what is answered by %s', async (_, answer, code) => {
    await using tested = await testRegistry({ [AT_DIGEST]: answer });
    await expect(tested.store.manifest(MANIFEST_DIGEST, testCtx())).rejects.toMatchObject({ code });
  });

  it('refuses one by tag that has not the digest which the registry says', async () => {
    const headers = { ...GOOD.headers, 'docker-content-digest': DIGEST };
    await using tested = await testRegistry({ [TAG]: { ...GOOD, headers } });
    await expect(tested.store.manifest('v1', testCtx())).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it.each([
    ['500 once', [500, GOOD], [1_000]],
    ['503 twice', [503, 503, GOOD], [1_000, 3_000]],
    ['429 with seconds', [{ status: 429, headers: { 'retry-after': '7' } }, GOOD], [7_000]],
    ['429 with less than the usual wait', [{ status: 429, headers: { 'retry-after': '0' } }, GOOD], [1_000]],
    [
      '429 with a date',
      [{ status: 429, headers: { 'retry-after': new Date(Date.UTC(2026, 0, 1, 0, 0, 9)).toUTCString() } }, GOOD],
      [9_000],
    ],
    ['429 with nonsense', [{ status: 429, headers: { 'retry-after': 'soon' } }, GOOD], [1_000]],
    ['a body that is cut', [{ ...GOOD, cutAfter: 20 }, GOOD], [1_000]],
    ['a reply that is cut', [{ status: 0, cutRequestAfter: 0 }, GOOD], [1_000]],
  ])('tries again after %s', async (_, answers, pauses) => {
    await using tested = await testRegistry({ [TAG]: answers });
    const ctx = testCtx(() => Date.UTC(2026, 0, 1));
    expect((await tested.store.manifest('v1', ctx))?.descriptor.digest).toBe(MANIFEST_DIGEST);
    expect(tested.pauses).toEqual(pauses);
  });

  it('does not wait for an hour', async () => {
    await using tested = await testRegistry({ [TAG]: { status: 429, headers: { 'retry-after': '3600' } } });
    await expect(tested.store.manifest('v1', testCtx())).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
    expect(tested.pauses).toEqual([]);
  });
});

describe('resolve()', () => {
  it('costs one request', async () => {
    await using tested = await testRegistry({ [HEAD]: { status: 200, headers: { 'docker-content-digest': DIGEST } } });
    expect(await tested.store.resolve('v1', testCtx())).toBe(DIGEST);
    expect(tested.server.calls()).toEqual(['GET /v2/', HEAD]);
  });

  it.each([
    ['403', 403],
    ['405', 405],
    ['200 without a digest', 200],
    ['200 with another kind of digest', { status: 200, headers: { 'docker-content-digest': 'sha512:00' } }],
  ])('reads the manifest when HEAD is answered by %s', async (_, answer) => {
    await using tested = await testRegistry({ [HEAD]: answer, [TAG]: GOOD });
    expect(await tested.store.resolve('v1', testCtx())).toBe(MANIFEST_DIGEST);
  });

  it('is undefined for what is not there', async () => {
    await using tested = await testRegistry({});
    expect(await tested.store.resolve('v1', testCtx())).toBeUndefined();
  });

  it.each([
    ['403 for all', { [HEAD]: 403, [TAG]: 403 }],
    ['401', { [HEAD]: 401 }],
  ])('is refused by %s', async (_, script) => {
    await using tested = await testRegistry(script);
    await expect(tested.store.resolve('v1', testCtx())).rejects.toMatchObject({ code: 'REGISTRY_AUTH', exitCode: 5 });
  });
});

describe('blob()', () => {
  const read = async (script: Parameters<typeof testRegistry>[0], over = {}) => {
    await using tested = await testRegistry(script);
    const bytes = await buffer(await tested.store.blob({ ...LAYER, ...over }, testCtx()));
    return { digest: digestOf(bytes), pauses: tested.pauses, requests: tested.server.requests };
  };

  it('has the bytes', async () => {
    expect(await read({ [BLOB]: { status: 200, body: BYTES } })).toMatchObject({ digest: DIGEST, pauses: [] });
  });

  it('goes on where it was cut', async () => {
    const rest = BYTES.subarray(100_000);
    const headers = { 'content-range': `bytes 100000-${BYTES.length - 1}/${BYTES.length}` };
    const answers = [
      { status: 200, body: BYTES, cutAfter: 100_000 },
      { status: 206, body: rest, headers },
    ];
    const { digest, requests, pauses } = await read({ [BLOB]: answers });
    expect({ digest, pauses }).toEqual({ digest: DIGEST, pauses: [1_000] });
    expect(requests.at(-1)?.headers.range).toBe('bytes=100000-');
  });

  it('goes on at a registry that knows no ranges', async () => {
    const answers = [
      { status: 200, body: BYTES, cutAfter: 100_000 },
      { status: 200, body: BYTES },
    ];
    expect(await read({ [BLOB]: answers })).toMatchObject({ digest: DIGEST });
  });

  it.each([
    ['is cut each time before its first byte', { status: 200, body: BYTES, cutAfter: 0 }, {}, 'REGISTRY_UNREACHABLE'],
    ['is another', { status: 200, body: Buffer.from(BYTES).fill('x') }, {}, 'DIGEST_MISMATCH'],
    ['is short', { status: 200, body: BYTES.subarray(1) }, {}, 'DIGEST_MISMATCH'],
    ['is long', { status: 200, body: Buffer.concat([BYTES, BYTES]) }, {}, 'DIGEST_MISMATCH'],
    ['has another size', { status: 200, body: BYTES }, { size: BYTES.length + 1 }, 'DIGEST_MISMATCH'],
    ['is empty', { status: 200, body: '' }, {}, 'DIGEST_MISMATCH'],
    ['is not there', 404, {}, 'REGISTRY_REFUSED'],
    ['is forbidden', 403, {}, 'REGISTRY_AUTH'],
    [
      'is another part',
      { status: 206, body: BYTES, headers: { 'content-range': 'bytes 5-9/10' } },
      {},
      'REGISTRY_REFUSED',
    ],
  ])('fails when it %s', async (_, answer, over, code) => {
    await expect(read({ [BLOB]: answer }, over)).rejects.toMatchObject({ code });
  });

  it('fails when the registry goes silent in the middle', async () => {
    const limits = { silenceMs: 200, retryWaitsMs: [] };
    await using tested = await testRegistry({ [BLOB]: { status: 200, body: BYTES, stallAfter: 5_000 } }, { limits });
    const reading = tested.store.blob(LAYER, testCtx()).then(buffer);
    await expect(reading).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('it went silent'),
    });
  });

  it('fails with the reason when it is aborted in the middle', async () => {
    await using tested = await testRegistry({ [BLOB]: { status: 200, body: BYTES } });
    const ctx = testCtx();
    const reason = new Error('no longer wanted');
    const stream = await tested.store.blob(LAYER, ctx);
    const reading = (async () => {
      for await (const _ of stream) ctx.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });
});

describe('putManifest()', () => {
  const stored = {
    descriptor: { mediaType: MEDIA_TYPES.oci.manifest, digest: MANIFEST_DIGEST, size: MANIFEST.length },
    bytes: MANIFEST,
  };

  it('stores it under each tag, one request each', async () => {
    await using tested = await testRegistry({ 'PUT /v2/app/manifests/v1': 201, 'PUT /v2/app/manifests/latest': 201 });
    expect(await tested.store.putManifest(stored, ['v1', 'latest'], testCtx())).toEqual(stored.descriptor);
    const puts = tested.server.requests.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ url }) => url)).toEqual(['/v2/app/manifests/v1', '/v2/app/manifests/latest']);
    expect(puts[0]?.headers['content-type']).toBe(MEDIA_TYPES.oci.manifest);
    expect(puts[0]?.body).toEqual(MANIFEST);
  });

  it('stores it under its digest without a tag', async () => {
    await using tested = await testRegistry({ [`PUT /v2/app/manifests/${MANIFEST_DIGEST}`]: 201 });
    expect(await tested.store.putManifest(stored, [], testCtx())).toEqual(stored.descriptor);
  });

  it('tries again after a cut', async () => {
    await using tested = await testRegistry({
      'PUT /v2/app/manifests/v1': [{ status: 0, cutRequestAfter: 1 }, 500, 201],
    });
    await tested.store.putManifest(stored, ['v1'], testCtx());
    expect(tested.pauses).toEqual([1_000, 3_000]);
  });

  it.each([
    ['a blob is unknown', { status: 400, body: '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}' }, 'REGISTRY_REFUSED'],
    ['it may not', 403, 'REGISTRY_AUTH'],
    ['it gets another digest', { status: 201, headers: { 'docker-content-digest': DIGEST } }, 'DIGEST_MISMATCH'],
  ])('is refused when %s', async (_, answer, code) => {
    await using tested = await testRegistry({ 'PUT /v2/app/manifests/v1': answer });
    await expect(tested.store.putManifest(stored, ['v1'], testCtx())).rejects.toMatchObject({ code });
  });

  it('never sends bytes that are not those of the digest', async () => {
    await using tested = await testRegistry({ 'PUT /v2/app/manifests/v1': 201 });
    const wrong = { descriptor: { ...stored.descriptor, digest: DIGEST }, bytes: MANIFEST };
    await expect(tested.store.putManifest(wrong, ['v1'], testCtx())).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(tested.server.requests).toEqual([]);
  });
});
