import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../../../cli/image/digest.ts';
import type { BlobSource, StoredManifest } from '../../../../../cli/image/image-store.ts';
import { createLayoutStore } from '../../../../../cli/image/layout/layout-store.ts';
import { renderManifest } from '../../../../../cli/image/manifest.ts';
import { MEDIA_TYPES } from '../../../../../cli/image/media-types.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'layout-')), 'out');
});
afterEach(async () => {
  await rm(join(folder, '..'), { recursive: true });
});

const ctx = testCtx();
const store = (pid = 1) => createLayoutStore({ folder, pid });

function blobOf(text: string, bytes: readonly Buffer[] = [Buffer.from(text)]): BlobSource {
  const descriptor = { mediaType: MEDIA_TYPES.oci.config, digest: digestOf(text), size: Buffer.byteLength(text) };
  return { descriptor, open: async () => Readable.from(bytes) };
}

async function imageOf(text: string): Promise<StoredManifest> {
  const config = blobOf(text);
  await store().putBlob(config, ctx);
  const mediaType = MEDIA_TYPES.oci.manifest;
  return renderManifest({ schemaVersion: 2, mediaType, config: config.descriptor, layers: [] });
}

async function indexJson() {
  return JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
}

describe('createLayoutStore()', () => {
  it('has nothing where there is no folder, and makes none by asking', async () => {
    expect(await store().manifest('v1', ctx)).toBeUndefined();
    expect(await store().resolve(`sha256:${'0'.repeat(64)}`, ctx)).toBeUndefined();
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  });

  it('writes what image-layout.md says', async () => {
    const image = await imageOf('{}');
    expect(await store().putManifest(image, ['v1'], ctx)).toEqual(image.descriptor);
    expect((await readdir(folder)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    expect(await readFile(join(folder, 'oci-layout'), 'utf8')).toBe('{"imageLayoutVersion":"1.0.0"}');
    const names = [digestOf('{}'), image.descriptor.digest].map((digest) => digest.slice('sha256:'.length));
    expect((await readdir(join(folder, 'blobs/sha256'))).sort()).toEqual(names.sort());
    expect(await indexJson()).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.oci.index,
      manifests: [{ ...image.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'v1' } }],
    });
  });

  it('gives back what was written, by tag and by digest', async () => {
    const image = await imageOf('{}');
    await store().putManifest(image, ['v1', 'v2'], ctx);
    for (const reference of ['v1', 'v2', image.descriptor.digest]) {
      const found = await store().manifest(reference, ctx);
      expect({ ...found, bytes: Buffer.from(found?.bytes ?? '') }).toEqual({
        ...image,
        bytes: Buffer.from(image.bytes),
      });
      expect(await store().resolve(reference, ctx)).toBe(image.descriptor.digest);
    }
    expect(await store().resolve('v3', ctx)).toBeUndefined();
    expect(await buffer(await store().blob(blobOf('{}').descriptor, ctx))).toEqual(Buffer.from('{}'));
  });

  it('says of a blob that it is there, and opens nothing then', async () => {
    expect(await store().putBlob(blobOf('x'), ctx)).toBe('uploaded');
    const opened = { ...blobOf('x'), open: () => Promise.reject(new Error('opened')) };
    expect(await store().putBlob(opened, ctx)).toBe('present');
    await truncate(join(folder, 'blobs/sha256', digestOf('x').slice(7)), 0);
    expect(await store().putBlob(blobOf('x'), ctx)).toBe('uploaded');
  });

  it('keeps other images, other fields and entries without a tag; moves a tag', async () => {
    const [one, two] = [await imageOf('{"a":1}'), await imageOf('{"a":2}')];
    await store().putManifest(one, ['v1', 'latest'], ctx);
    const index = await indexJson();
    const untagged = { ...two.descriptor, annotations: { other: 'x' } };
    const written = { ...index, note: 'kept', manifests: [untagged, ...index.manifests] };
    await writeFile(join(folder, 'index.json'), JSON.stringify(written));
    await store().putManifest(two, ['latest'], ctx);
    expect(await indexJson()).toEqual({
      ...written,
      manifests: [
        untagged,
        { ...one.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'v1' } },
        { ...two.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'latest' } },
      ],
    });
  });

  it('loses nothing of ten writers at once', async () => {
    const images = await Promise.all(Array.from({ length: 10 }, (_, at) => imageOf(`{"a":${at}}`)));
    await Promise.all(images.map((image, at) => store(at).putManifest(image, [`v${at}`], ctx)));
    for (const [at, image] of images.entries())
      expect(await store().resolve(`v${at}`, ctx)).toBe(image.descriptor.digest);
    expect((await readdir(folder)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  it.each<[string, readonly Buffer[]]>([
    ['other bytes', [Buffer.from('wrong')]],
    ['fewer bytes', [Buffer.from('righ')]],
    ['more bytes', [Buffer.from('right'), Buffer.from('er')]],
  ])('does not take %s for a blob, and leaves nothing', async (_, bytes) => {
    await expect(store().putBlob(blobOf('right', bytes), ctx)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await readdir(join(folder, 'blobs/sha256'))).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(['blobs', 'oci-layout']);
  });

  it('leaves nothing when a source fails, or it is aborted', async () => {
    const failing = { ...blobOf('x'), open: async () => Readable.from(failingBytes()) };
    await expect(store().putBlob(failing, ctx)).rejects.toThrow('cut');
    const aborted = testCtx();
    aborted.abort(new Error('enough'));
    await expect(store().putBlob(blobOf('x'), aborted)).rejects.toThrow('enough');
    expect((await readdir(folder)).sort()).toEqual(['blobs', 'oci-layout']);
  });

  it('fails at the end of a blob whose file was changed', async () => {
    await store().putBlob(blobOf('right'), ctx);
    await writeFile(join(folder, 'blobs/sha256', digestOf('right').slice(7)), 'wrong');
    const stream = await store().blob(blobOf('right').descriptor, ctx);
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('does not read a manifest whose file was changed', async () => {
    const image = await imageOf('{}');
    await store().putManifest(image, ['v1'], ctx);
    await writeFile(
      join(folder, 'blobs/sha256', image.descriptor.digest.slice(7)),
      image.bytes.toString().replace('2', '3'),
    );
    await expect(store().manifest('v1', ctx)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('says when a blob is missing', async () => {
    await expect(store().blob(blobOf('x').descriptor, ctx)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  it('writes into an empty folder, and into none that has something else', async () => {
    await mkdir(folder);
    expect(await store().putBlob(blobOf('x'), ctx)).toBe('uploaded');
    await rm(folder, { recursive: true });
    await mkdir(folder);
    await writeFile(join(folder, 'thesis.txt'), '');
    await expect(store().putBlob(blobOf('x'), ctx)).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(await readdir(folder)).toEqual(['thesis.txt']);
  });

  it('writes neither over a file nor below one, and says how to name another folder', async () => {
    await writeFile(folder, 'thesis');
    await expect(store().resolve('v1', ctx)).resolves.toBeUndefined();
    await expect(store().putBlob(blobOf('x'), ctx)).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    const below = createLayoutStore({ folder: join(folder, 'image'), pid: 1 });
    await expect(below.putBlob(blobOf('x'), ctx)).rejects.toMatchObject({
      code: 'FOLDER_READ_ONLY',
      hint: expect.stringContaining('--to'),
    });
    expect(await readFile(folder, 'utf8')).toBe('thesis');
  });

  it.each([
    ['oci-layout', '{"imageLayoutVersion":"2.0.0"}', 'MANIFEST_UNSUPPORTED'],
    ['oci-layout', 'x', 'MANIFEST_UNSUPPORTED'],
    ['index.json', 'x', 'MANIFEST_INVALID'],
    ['index.json', '{"schemaVersion":2,"layers":[],"config":{}}', 'MANIFEST_INVALID'],
  ])('refuses a file %s with %j', async (name, text, code) => {
    await store().putManifest(await imageOf('{}'), ['v1'], ctx);
    await writeFile(join(folder, name), text);
    await expect(store().manifest('v1', ctx)).rejects.toMatchObject({ code });
  });

  it('is made by many at once', async () => {
    for (let round = 0; round < 40; round += 1) {
      await rm(folder, { recursive: true, force: true });
      const blobs = ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => blobOf(text));
      const arrivals = await Promise.all(
        blobs.map(async (blob, at) => {
          // Not in step: each begins a few file operations after the one before.
          for (let turn = 0; turn < at; turn += 1) await stat(tmpdir());
          return store().putBlob(blob, ctx);
        }),
      );
      expect(arrivals).toEqual(blobs.map(() => 'uploaded'));
    }
  });

  it('says when the folder cannot be made', async () => {
    const nowhere = createLayoutStore({ folder: '/proc/nowhere/out', pid: 1 });
    await expect(nowhere.putBlob(blobOf('x'), ctx)).rejects.toMatchObject({ code: 'FOLDER_READ_ONLY' });
  });
});

async function* failingBytes(): AsyncGenerator<Buffer> {
  yield Buffer.from('x');
  throw new Error('cut');
}
