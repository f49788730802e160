import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../../cli/image/digest.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import type { Script } from '../../../../helpers/scripted-server.ts';
import { BYTES, blobOf, DIGEST, LARGE, LAYER, TAKES_UPLOADS, testRegistry, UPLOAD, UPLOADS } from './harness.ts';

const HEAD = `HEAD /v2/app/blobs/${DIGEST}`;
const POST = `POST ${UPLOADS}`;
const PUT = `PUT ${UPLOAD}`;
const PATCH = `PATCH ${UPLOAD}`;
const DELETE = `DELETE ${UPLOAD}`;

/** Not the registry's own cut. */
const GONE = Object.assign(new Error('gone'), { code: 'ECONNRESET' });

/** Without the question whether there is a registry. */
const asked = (calls: readonly string[]) => calls.filter((call) => call !== 'GET /v2/');

describe('putBlob()', () => {
  it('sends nothing that is there', async () => {
    await using tested = await testRegistry({ [HEAD]: 200 });
    const blob = blobOf();
    expect(await tested.store.putBlob(blob, testCtx())).toBe('present');
    expect(asked(tested.server.calls())).toEqual([HEAD]);
    expect(blob.opened()).toBe(0);
  });

  it('begins an upload and sends the bytes with their length; the query of the location stays as it is', async () => {
    await using tested = await testRegistry(TAKES_UPLOADS);
    expect(await tested.store.putBlob(blobOf(), testCtx())).toBe('uploaded');
    expect(asked(tested.server.calls())).toEqual([HEAD, POST, PUT]);
    const [, , , put] = tested.server.requests;
    expect(put?.url).toBe(`${UPLOAD}?_state=a%3Db&digest=${encodeURIComponent(DIGEST)}`);
    expect(put?.headers).toMatchObject({
      'content-length': String(BYTES.length),
      'content-type': 'application/octet-stream',
    });
    expect(put?.headers['transfer-encoding']).toBeUndefined();
    expect(digestOf(put?.body ?? '')).toBe(DIGEST);
  });

  it.each([403, 400, 405])('uploads when the question is answered by %d, which is no clear answer', async (status) => {
    await using tested = await testRegistry({ ...TAKES_UPLOADS, [HEAD]: status });
    expect(await tested.store.putBlob(blobOf(), testCtx())).toBe('uploaded');
  });

  it('takes an absolute location, one with no query, and one on another host, without the login', async () => {
    await using elsewhere = await testRegistry({ 'PUT /put/here': 201 });
    const location = `${elsewhere.server.url}/put/here`;
    const script = { ...TAKES_UPLOADS, [POST]: { status: 202, headers: { location } } };
    await using tested = await testRegistry(
      { ...script, 'GET /v2/': { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } } },
      { auths: { $HOST: { username: 'me', password: 'Sesame' } } },
    );
    expect(await tested.store.putBlob(blobOf(), testCtx())).toBe('uploaded');
    const [put] = elsewhere.server.requests;
    expect(put?.url).toBe(`/put/here?digest=${encodeURIComponent(DIGEST)}`);
    expect(put?.headers.authorization).toBeUndefined();
    expect(tested.server.requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
  });

  it.each(['https://169.254.169.254/latest', '//169.254.169.254/latest', 'ftp://127.0.0.1/put'])(
    'sends nothing to a location that it must not reach: %s',
    async (location) => {
      const script = { ...TAKES_UPLOADS, [POST]: { status: 202, headers: { location } } };
      await using tested = await testRegistry(script);
      const blob = blobOf();
      await expect(tested.store.putBlob(blob, testCtx())).rejects.toMatchObject({
        code: 'REGISTRY_REFUSED',
        message: expect.stringContaining('sends, to'),
      });
      expect(tested.server.calls().at(-1)).toBe(POST);
    },
  );

  it('begins again with a new upload when the connection is cut in the middle, and deletes the first', async () => {
    const script: Script = {
      ...TAKES_UPLOADS,
      [POST]: [
        { status: 202, headers: { location: UPLOAD } },
        { status: 202, headers: { location: `${UPLOADS}2` } },
      ],
      [PUT]: { status: 0, cutRequestAfter: 100_000 },
      [`PUT ${UPLOADS}2`]: 201,
    };
    await using tested = await testRegistry(script);
    const blob = blobOf();
    expect(await tested.store.putBlob(blob, testCtx())).toBe('uploaded');
    expect(asked(tested.server.calls())).toEqual([HEAD, POST, PUT, DELETE, POST, `PUT ${UPLOADS}2`]);
    expect(digestOf(tested.server.requests.at(-1)?.body ?? '')).toBe(DIGEST);
    expect(blob.opened()).toBe(1);
    expect(tested.pauses).toEqual([1_000]);
  });

  it('gives up on a connection that is cut each time, and leaves no upload', async () => {
    await using tested = await testRegistry({ ...TAKES_UPLOADS, [PUT]: { status: 0, cutRequestAfter: 1 } });
    await expect(tested.store.putBlob(blobOf(), testCtx())).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    const calls = tested.server.calls();
    expect(calls.filter((call) => call === POST)).toHaveLength(3);
    expect(calls.filter((call) => call === DELETE)).toHaveLength(3);
    expect(tested.pauses).toEqual([1_000, 3_000]);
  });

  it.each([500, 503, 429])('tries again after %d once', async (status) => {
    await using tested = await testRegistry({ ...TAKES_UPLOADS, [PUT]: [status, 201] });
    expect(await tested.store.putBlob(blobOf(), testCtx())).toBe('uploaded');
    expect(asked(tested.server.calls())).toEqual([HEAD, POST, PUT, DELETE, POST, PUT]);
  });

  it('says what the registry said when it refuses the digest', async () => {
    const body = JSON.stringify({ errors: [{ code: 'DIGEST_INVALID', message: 'provided digest did not match' }] });
    await using tested = await testRegistry({ ...TAKES_UPLOADS, [PUT]: { status: 400, body } });
    await expect(tested.store.putBlob(blobOf(), testCtx())).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: expect.stringMatching(/Cannot push blob sha256:.* to ".*\/app": .*400 \(DIGEST_INVALID: provided/),
    });
    expect(tested.server.calls().at(-1)).toBe(DELETE);
  });

  it.each([
    [403, 'REGISTRY_AUTH'],
    [413, 'REGISTRY_REFUSED'],
    [202, 'REGISTRY_REFUSED'],
  ])('refuses %d for the bytes', async (status, code) => {
    await using tested = await testRegistry({ ...TAKES_UPLOADS, [PUT]: status });
    await expect(tested.store.putBlob(blobOf(), testCtx())).rejects.toMatchObject({ code, exitCode: 5 });
    expect(tested.server.calls().at(-1)).toBe(DELETE);
  });

  it.each([
    ['small', 'too few', BYTES, BYTES.subarray(0, 5_000)],
    ['small', 'too many', BYTES, Buffer.concat([BYTES, BYTES])],
    ['small', 'other', BYTES, Buffer.from(BYTES).fill('x')],
    ['large', 'too few', LARGE, LARGE.subarray(0, -1)],
    ['large', 'too many', LARGE, Buffer.concat([LARGE, BYTES])],
    ['large', 'other', LARGE, Buffer.from(LARGE).fill('x')],
  ])('never completes a %s blob whose source has %s bytes', async (_, __, promised, bytes) => {
    await using tested = await testRegistry(TAKES_UPLOADS);
    const blob = blobOf(promised, { open: async () => Readable.from([bytes]) });
    await expect(tested.store.putBlob(blob, testCtx())).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(uploadsLeft(tested.server.calls())).toBe(0);
    expect(tested.server.calls()).not.toContain(PUT);
  });

  it.each([
    ['small', 'opens', BYTES, async () => Promise.reject(GONE)],
    ['small', 'is read', BYTES, async () => Readable.from(brokenSource())],
    ['large', 'opens', LARGE, async () => Promise.reject(GONE)],
    ['large', 'is read', LARGE, async () => Readable.from(brokenSource())],
  ])('passes on what happens when the source of a %s blob %s, and tries no more', async (_, __, bytes, open) => {
    await using tested = await testRegistry(TAKES_UPLOADS);
    await expect(tested.store.putBlob(blobOf(bytes, { open }), testCtx())).rejects.toBe(GONE);
    expect(uploadsLeft(tested.server.calls())).toBe(0);
    expect(tested.server.calls()).not.toContain(PUT);
    expect(tested.pauses).toEqual([]);
  });

  it('never pushes a foreign layer', async () => {
    await using tested = await testRegistry(TAKES_UPLOADS);
    const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const blob = blobOf(BYTES, { descriptor: { ...LAYER, mediaType } });
    await expect(tested.store.putBlob(blob, testCtx())).rejects.toThrow('foreign');
    expect(tested.server.requests).toEqual([]);
  });
});

describe('putBlob() of a large blob', () => {
  const LARGE_HEAD = `HEAD /v2/app/blobs/${digestOf(LARGE)}`;

  it('goes as chunks, and is completed where the registry says', async () => {
    await using tested = await testRegistry(TAKES_UPLOADS);
    const blob = blobOf(LARGE);
    expect(await tested.store.putBlob(blob, testCtx())).toBe('uploaded');
    expect(asked(tested.server.calls())).toEqual([LARGE_HEAD, POST, PATCH, PUT]);
    const [patch, put] = tested.server.requests.slice(-2);
    expect(digestOf(patch?.body ?? '')).toBe(blob.descriptor.digest);
    expect(put?.url).toBe(`${UPLOAD}?_state=next&digest=${encodeURIComponent(blob.descriptor.digest)}`);
    expect(put?.headers['content-length']).toBe('0');
  });

  it.each([
    ['a cut', { status: 0, cutRequestAfter: 500_000 }],
    ['500', 500],
  ])('begins again from the first byte after %s', async (_, answer) => {
    const taken = { status: 202, headers: { location: UPLOAD } };
    await using tested = await testRegistry({ ...TAKES_UPLOADS, [PATCH]: [answer, taken] });
    const blob = blobOf(LARGE);
    expect(await tested.store.putBlob(blob, testCtx())).toBe('uploaded');
    expect(asked(tested.server.calls())).toEqual([LARGE_HEAD, POST, PATCH, DELETE, POST, PATCH, PUT]);
    expect(digestOf(tested.server.requests.at(-2)?.body ?? '')).toBe(blob.descriptor.digest);
    expect(blob.opened()).toBe(2);
  });

  it.each([
    ['chunks', { [PATCH]: 403 }],
    ['digest', { [PUT]: 403 }],
  ])('is refused when its %s are', async (_, script) => {
    await using tested = await testRegistry({ ...TAKES_UPLOADS, ...script });
    await expect(tested.store.putBlob(blobOf(LARGE), testCtx())).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
    expect(tested.server.calls().at(-1)).toBe(DELETE);
  });
});

describe('putBlob() from another repository', () => {
  const from = (registry: string) => ({ registry, repository: 'base', tag: null, digest: null });

  it('is mounted, without a byte sent', async () => {
    await using tested = await testRegistry({ ...TAKES_UPLOADS, [POST]: 201 });
    const blob = blobOf(BYTES, { mountFrom: from(tested.server.host) });
    expect(await tested.store.putBlob(blob, testCtx())).toBe('mounted');
    expect(tested.server.requests.at(-1)?.url).toBe(`${UPLOADS}?mount=${DIGEST}&from=base`);
  });

  it('uses the upload that comes instead of a mount', async () => {
    await using tested = await testRegistry(TAKES_UPLOADS);
    const blob = blobOf(BYTES, { mountFrom: from(tested.server.host) });
    expect(await tested.store.putBlob(blob, testCtx())).toBe('uploaded');
    expect(asked(tested.server.calls())).toEqual([HEAD, POST, PUT]);
  });

  it.each([401, 403, 404, 405, 500, 503])(
    'is uploaded when the mount is answered by %d, and the next is not mounted',
    async (status) => {
      const script: Script = {
        ...TAKES_UPLOADS,
        [POST]: ({ url }) => (url.includes('mount=') ? status : { status: 202, headers: { location: UPLOAD } }),
      };
      await using tested = await testRegistry(script);
      const mountFrom = from(tested.server.host);
      expect(await tested.store.putBlob(blobOf(BYTES, { mountFrom }), testCtx())).toBe('uploaded');
      expect(await tested.store.putBlob(blobOf(Buffer.from('another'), { mountFrom }), testCtx())).toBe('uploaded');
      expect(tested.server.requests.filter(({ url }) => url.includes('mount='))).toHaveLength(1);
      expect(tested.pauses).toEqual([]);
    },
  );

  it('is not mounted from another registry', async () => {
    await using tested = await testRegistry(TAKES_UPLOADS);
    const blob = blobOf(BYTES, { mountFrom: from('other.example') });
    expect(await tested.store.putBlob(blob, testCtx())).toBe('uploaded');
    expect(tested.server.requests.some(({ url }) => url.includes('mount='))).toBe(false);
  });
});

describe('an upload that is aborted', () => {
  it('while the chunks are sent is ended, so that the registry knows where, and deleted there', async () => {
    await using tested = await testRegistry(TAKES_UPLOADS);
    const ctx = testCtx();
    const reason = new Error('no longer wanted');
    const open = async () =>
      Readable.from(
        (async function* () {
          yield LARGE.subarray(0, 1_000);
          yield LARGE.subarray(1_000, 2_000);
          ctx.abort(reason);
          yield LARGE.subarray(2_000);
        })(),
      );
    await expect(tested.store.putBlob(blobOf(LARGE, { open }), ctx)).rejects.toBe(reason);
    expect(asked(tested.server.calls()).slice(1)).toEqual([POST, PATCH, DELETE]);
    expect(tested.server.requests.at(-1)?.url).toBe(`${UPLOAD}?_state=next`);
  });

  it('while its source says nothing is ended too', async () => {
    const ctx = testCtx();
    const reason = new Error('no longer wanted');
    await using tested = await testRegistry(TAKES_UPLOADS);
    const silent = new Readable({ read: () => setTimeout(() => ctx.abort(reason), 10) });
    const blob = blobOf(LARGE, { open: async () => silent });
    await expect(tested.store.putBlob(blob, ctx)).rejects.toBe(reason);
    expect(uploadsLeft(tested.server.calls())).toBe(0);
    expect(silent.destroyed).toBe(true);
  });

  it('while it is begun is deleted as well', async () => {
    const ctx = testCtx();
    const reason = new Error('no longer wanted');
    const script: Script = {
      ...TAKES_UPLOADS,
      [POST]: () => {
        ctx.abort(reason);
        return { status: 202, headers: { location: UPLOAD } };
      },
    };
    await using tested = await testRegistry(script);
    await expect(tested.store.putBlob(blobOf(), ctx)).rejects.toBe(reason);
    expect(asked(tested.server.calls())).toEqual([HEAD, POST, DELETE]);
  });

  it('before asks nothing', async () => {
    await using tested = await testRegistry(TAKES_UPLOADS);
    const ctx = testCtx();
    const reason = new Error('no longer wanted');
    ctx.abort(reason);
    await expect(tested.store.putBlob(blobOf(), ctx)).rejects.toBe(reason);
    expect(tested.server.requests).toEqual([]);
  });

  it('while it waits for the next try rejects with the reason', async () => {
    const ctx = testCtx();
    const reason = new Error('no longer wanted');
    const limits = {
      pause: async (): Promise<void> => {
        ctx.abort(reason);
        throw reason;
      },
    };
    await using tested = await testRegistry({ ...TAKES_UPLOADS, [PUT]: 503 }, { limits });
    await expect(tested.store.putBlob(blobOf(), ctx)).rejects.toBe(reason);
    expect(tested.server.calls().at(-1)).toBe(DELETE);
  });
});

async function* brokenSource(): AsyncGenerator<Buffer> {
  yield BYTES.subarray(0, 1_000);
  throw GONE;
}

function uploadsLeft(calls: readonly string[]): number {
  return calls.filter((call) => call === POST).length - calls.filter((call) => call === DELETE).length;
}
