import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePlatform } from '../../../../../cli/image/choose-platform.ts';
import { digestOf } from '../../../../../cli/image/digest.ts';
import type { BlobSource } from '../../../../../cli/image/image-store.ts';
import type { LayerSource } from '../../../../../cli/image/layer-source.ts';
import { MEDIA_TYPES } from '../../../../../cli/image/media-types.ts';
import { type PackBase, type PackRequest, packImage } from '../../../../../cli/image/pack-image.ts';
import { packIndex } from '../../../../../cli/image/pack-index.ts';
import { readImage } from '../../../../../cli/image/read-image.ts';
import type { Ctx } from '../../../../../runtime/core/context.ts';
import { ToolError } from '../../../../../runtime/core/errors.ts';
import { parseImageRef } from '../../../../../runtime/core/image-ref.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { fileEntry, layerSource } from '../../../../helpers/layer-sources.ts';
import { MemoryStore } from '../../../../helpers/memory-store.ts';

const amd64 = parsePlatform('amd64');
const scratchBase: PackBase = { kind: 'scratch', platform: amd64 };

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'scratch-'));
});
afterEach(async () => {
  await rm(scratch, { recursive: true });
});

function textLayer(text: string, options: Parameters<typeof layerSource>[1] = {}) {
  return layerSource([fileEntry('file', text)], { createdBy: text, ...options });
}

function pack(request: Partial<PackRequest> & Pick<PackRequest, 'destination'>, ctx: Ctx = testCtx()) {
  return packImage({ base: scratchBase, layers: [], changes: {}, tags: ['v1'], scratch, ...request }, ctx);
}

async function kept(store: MemoryStore, reference: string, name = 'registry.example/app') {
  const image = await readImage({ store, reference, platform: amd64, name }, testCtx());
  if (image === undefined) throw new Error(`There is no ${reference}`);
  return { image, store, ref: parseImageRef(name) };
}

async function baseIn(store: MemoryStore, family: 'oci' | 'docker' = 'oci'): Promise<PackBase> {
  store.addImage('3.12', amd64, family);
  return {
    kind: 'image',
    name: 'registry.example/python:3.12',
    ...(await kept(store, '3.12', 'registry.example/python')),
  };
}

describe('packImage()', () => {
  it('puts blobs, then the manifest', async () => {
    const destination = new MemoryStore();
    const packed = await pack({ destination, layers: [textLayer('one'), textLayer('two')], tags: ['v1', 'latest'] });
    const [one, two] = packed.layers;
    const blobs = [one?.digest, two?.digest, packed.configDigest].map((digest) => `blob ${digest}`);
    expect(destination.writes.slice(0, 3).sort()).toEqual(blobs.sort());
    expect(destination.writes.slice(3)).toEqual([`manifest ${packed.descriptor.digest} v1,latest`]);
    expect(packed).toMatchObject({ isNew: true, tagsWritten: ['v1', 'latest'], descriptor: { platform: amd64 } });
    expect(one).toMatchObject({ origin: 'made', arrival: 'uploaded', kind: 'app' });
    for (const { digest, diffId, bytes } of packed.layers) {
      expect(destination.blobs.get(digest)).toHaveLength(bytes);
      expect(digestOf(gunzipSync(destination.blobs.get(digest) ?? ''))).toBe(diffId);
    }
    const { image } = await kept(destination, 'v1');
    expect(image.config.rootfs.diff_ids).toEqual(packed.layers.map(({ diffId }) => diffId));
  });

  it('counts what it did', async () => {
    const destination = new MemoryStore();
    const source = new MemoryStore();
    const base = await baseIn(source);
    const { traffic, layers, configDigest } = await pack({ destination, base, layers: [textLayer('one')] });
    const bytes = layers[0]?.bytes ?? 0;
    expect(traffic).toEqual({
      hashedBytes: 2_048,
      compressedBytes: bytes,
      uploadedBytes: bytes + 'layer'.length + (destination.blobs.get(configDigest)?.length ?? 0),
      mountedBytes: 0,
      reusedBytes: 0,
    });
  });

  it('writes nothing when all is there, whether or not it knows what was', async () => {
    const destination = new MemoryStore();
    const layers = [textLayer('one', { key: 'k' }), textLayer('two')];
    const first = await pack({ destination, layers });
    destination.writes.length = 0;
    for (const previous of [[], [await kept(destination, 'v1')]]) {
      const again = await pack({ destination, layers, previous });
      expect(again).toMatchObject({ descriptor: first.descriptor, isNew: false, tagsWritten: [] });
      expect(destination.writes).toEqual([]);
    }
  });

  it('writes only the tags that stand for something else', async () => {
    const destination = new MemoryStore();
    const first = await pack({ destination, layers: [textLayer('one')] });
    destination.writes.length = 0;
    const again = await pack({ destination, layers: [textLayer('one')], tags: ['v1', 'v2'] });
    expect(again).toMatchObject({ isNew: false, tagsWritten: ['v2'] });
    expect(destination.writes).toEqual([`manifest ${first.descriptor.digest} v2`]);
  });

  it('does not read a layer whose key a previous image has, nor compress one whose content it has', async () => {
    const destination = new MemoryStore();
    const dependencies = textLayer('dependencies', { kind: 'dependencies', key: 'k' });
    const app = textLayer('app');
    await pack({ destination, layers: [dependencies, app] });
    const previous = [await kept(destination, 'v1')];
    const never = textLayer('never read', { kind: 'dependencies', key: 'k' });
    const packed = await pack({ destination, layers: [never, app, textLayer('new', { kind: 'launcher' })], previous });
    expect(never.reads()).toBe(0);
    expect(packed.layers.map(({ origin, arrival }) => [origin, arrival])).toEqual([
      ['key', 'present'],
      ['content', 'present'],
      ['made', 'uploaded'],
    ]);
    expect(packed.layers[0]?.diffId).toBe(previous[0]?.image.config.rootfs.diff_ids[0]);
  });

  it('does not take a layer of the same key but another kind', async () => {
    const destination = new MemoryStore();
    await pack({ destination, layers: [textLayer('one', { kind: 'packages', key: 'k' })] });
    const previous = [await kept(destination, 'v1')];
    const packed = await pack({
      destination,
      layers: [textLayer('two', { kind: 'dependencies', key: 'k' })],
      previous,
    });
    expect(packed.layers[0]?.origin).toBe('made');
  });

  it('brings a layer that a previous image elsewhere has, by mounting where that can be', async () => {
    const elsewhere = new MemoryStore();
    const layers = [textLayer('one', { key: 'k' })];
    await pack({ destination: elsewhere, layers });
    const previous = [await kept(elsewhere, 'v1', 'registry.example/other')];
    const streamed = await pack({ destination: new MemoryStore(), layers, previous });
    expect(streamed.layers).toMatchObject([{ origin: 'key', arrival: 'uploaded' }]);
    const destination = new MemoryStore();
    destination.mountable.set('registry.example/other', elsewhere.blobs);
    const mounted = await pack({ destination, layers, previous });
    expect(mounted.layers).toMatchObject([{ origin: 'key', arrival: 'mounted' }]);
    expect(mounted.traffic.mountedBytes).toBe(mounted.layers[0]?.bytes);
  });

  it('takes layers of the base from where it is, or by mounting', async () => {
    const source = new MemoryStore();
    const base = await baseIn(source, 'docker');
    for (const isMountable of [false, true]) {
      const destination = new MemoryStore();
      if (isMountable) destination.mountable.set('registry.example/python', source.blobs);
      const packed = await pack({ destination, base, layers: [textLayer('one')] });
      expect(destination.writes).toContain(`${isMountable ? 'mount' : 'blob'} ${digestOf('layer')}`);
      const { image } = await kept(destination, 'v1');
      expect(image.manifest.mediaType).toBe(MEDIA_TYPES.docker.manifest);
      expect(image.manifest.layers.map(({ digest }) => digest)).toEqual([digestOf('layer'), packed.layers[0]?.digest]);
    }
  });

  it('never pushes a foreign layer', async () => {
    const base = await baseIn(new MemoryStore());
    if (base.kind !== 'image') throw new Error('scratch');
    const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
    const foreign = { mediaType, digest: digestOf('foreign'), size: 7, urls: ['https://mirror.example/layer'] };
    const manifest = { ...base.image.manifest, layers: [foreign] };
    const destination = new MemoryStore();
    await pack({ destination, base: { ...base, image: { ...base.image, manifest } }, layers: [textLayer('one')] });
    expect(destination.blobs.has(foreign.digest)).toBe(false);
    expect((await kept(destination, 'v1')).image.manifest.layers[0]).toEqual(foreign);
  });

  it('makes a layer that several images share once, and an index of them', async () => {
    const destination = new MemoryStore();
    const shared = textLayer('one');
    const made = new Map();
    const platforms = ['amd64', 'arm64', 'arm/v7'].map(parsePlatform);
    const images = [];
    for (const platform of platforms) {
      images.push(await pack({ destination, base: { kind: 'scratch', platform }, layers: [shared], tags: [], made }));
    }
    expect(shared.reads()).toBe(1);
    const index = await packIndex({ images, destination, tags: ['v1'] }, testCtx());
    expect(await packIndex({ images, destination, tags: ['v1'] }, testCtx())).toEqual({ ...index, tagsWritten: [] });
    for (const [at, platform] of platforms.entries()) {
      const image = await readImage({ store: destination, reference: 'v1', platform, name: 'app' }, testCtx());
      expect(image).toMatchObject({ index: index.descriptor.digest, config: platform });
      expect(image?.descriptor.digest).toBe(images[at]?.descriptor.digest);
    }
  });

  it('sends at most four blobs at once', async () => {
    const destination = new CountingStore();
    await pack({ destination, layers: Array.from({ length: 12 }, (_, at) => textLayer(`layer ${at}`)) });
    expect(destination.most).toBeLessThanOrEqual(4);
    expect(destination.blobs.size).toBe(13);
  });

  it('brings everything again to a registry that lost a layer of its own image', async () => {
    const destination = new ForgetfulStore();
    const layers = [textLayer('one'), textLayer('two')];
    const first = await pack({ destination, layers });
    const previous = [await kept(destination, 'v1')];
    const [one] = first.layers;
    const lost = destination.blobs.get(one?.digest ?? '');
    destination.blobs.delete(one?.digest ?? '');
    const source = new MemoryStore();
    source.blobs.set(one?.digest ?? '', lost ?? Buffer.alloc(0));
    const base = { ...previous[0], store: source };
    const packed = await pack({
      destination,
      layers: [textLayer('new')],
      base: { kind: 'image', name: 'x', ...base } as PackBase,
      previous,
    });
    expect(destination.manifests.has(packed.descriptor.digest)).toBe(true);
    expect(destination.blobs.get(one?.digest ?? '')).toEqual(lost);
  });

  it('ends with the error of an upload, when nothing runs any more, and before all is made', async () => {
    const destination = new MemoryStore();
    const failure = new ToolError('REGISTRY_AUTH', 'no');
    destination.putBlob = () => Promise.reject(failure);
    const slow: LayerSource = { ...textLayer('two'), entries: (ctx) => untilAborted(ctx) };
    await expect(pack({ destination, layers: [textLayer('one'), slow] })).rejects.toBe(failure);
    expect(destination.writes).toEqual([]);
  });

  it('rejects with the reason of an abort', async () => {
    const reason = new Error('enough');
    const ctx = testCtx();
    const slow: LayerSource = {
      ...textLayer('two'),
      entries: (inner) => {
        ctx.abort(reason);
        return untilAborted(inner);
      },
    };
    await expect(pack({ destination: new MemoryStore(), layers: [slow] }, ctx)).rejects.toBe(reason);
    expect(await readdir(scratch)).toEqual([]);
  });

  it('says what it does', async () => {
    const ctx = testCtx();
    const destination = new MemoryStore();
    await pack({ destination, layers: [textLayer('one')] }, ctx);
    await pack({ destination, layers: [textLayer('one')], previous: [await kept(destination, 'v1')] }, ctx);
    const finished = ctx.events.flatMap((event) =>
      event.type === 'step-finished' ? [[event.step, event.detail]] : [],
    );
    expect(finished).toEqual([
      ['layers', expect.stringMatching(/^1 made \(\d+ B\)$/)],
      ['push', expect.stringMatching(/^\d+ B uploaded$/)],
      ['layers', '1 reused'],
      ['push', 'unchanged'],
    ]);
  });
});

/** A source that waits until nobody wants it any more. */
async function* untilAborted(ctx: Ctx): AsyncGenerator<never> {
  ctx.signal.throwIfAborted();
  await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve, { once: true }));
  throw ctx.signal.reason;
}

class CountingStore extends MemoryStore {
  most = 0;
  #now = 0;

  override async putBlob(blob: BlobSource, ctx: Ctx) {
    this.#now += 1;
    this.most = Math.max(this.most, this.#now);
    try {
      return await super.putBlob(blob, ctx);
    } finally {
      this.#now -= 1;
    }
  }
}

class ForgetfulStore extends MemoryStore {
  override async putManifest(...args: Parameters<MemoryStore['putManifest']>) {
    try {
      return await super.putManifest(...args);
    } catch {
      throw new ToolError('REGISTRY_REFUSED', 'no', { details: { status: 400, codes: ['MANIFEST_BLOB_UNKNOWN'] } });
    }
  }
}
