import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BuilderRequest, buildBuilder } from '../../../../cli/builder/build-builder.ts';
import { fileEntry, known } from '../../../../cli/builder/part.ts';
import type { Composable } from '../../../../cli/builder/recipe.ts';
import { parseManifest } from '../../../../cli/image/manifest.ts';
import { readImage } from '../../../../cli/image/read-image.ts';
import { createPackageSource } from '../../../../cli/toolchain/deps.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { fileEntry as baseFile } from '../../../helpers/layer-sources.ts';
import { MemoryStore } from '../../../helpers/memory-store.ts';
import { addTinyImage } from '../../../helpers/tiny-image.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'builder-'));
});
afterEach(() => rm(folder, { recursive: true }));

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };

/** One part that is the same everywhere, and one for each architecture. */
const tiny: Composable = {
  name: 'tiny',
  summary: 'for a test',
  defaultBase: 'base',
  hasSpark: true,
  recipe: async ({ platform }) => ({
    parts: [
      known({ kind: 'spark', createdBy: 'hibana: same', parents: {} }, [fileEntry('/opt/same', 'same')]),
      known({ kind: 'tools', createdBy: 'hibana: own', parents: {} }, [fileEntry('/opt/own', platform.architecture)]),
    ],
    changes: { user: '1001', labels: { tiny: 'yes' } },
  }),
};

/** With a cache of its own for each build, unless one is named. */
async function build(store: MemoryStore, options: Partial<BuilderRequest> & { readonly cache?: string } = {}) {
  const { cache = await mkdtemp(join(folder, 'cache-')), ...request } = options;
  const index = { indexUrl: null, caFile: null };
  const toolchain = { cache, env: {}, home: folder, platform: 'linux', arch: 'x64', pid: 1, extraEnv: {}, index };
  const base = { store, reference: 'base', name: 'oci:/somewhere:base', publicName: 'base', ref: null };
  await using source = createPackageSource(toolchain);
  return buildBuilder(
    {
      ...{ what: tiny, base, platforms: [amd64], destination: store, tags: ['out'], scratch: folder },
      ...{ spark: '4.2.1', python: null, libc: null, ...request },
    },
    { toolchain, source, root: folder, version: '0' },
    testCtx(),
  );
}

async function withBase(...architectures: readonly string[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const architecture of architectures) {
    await addTinyImage(store, { layers: [[baseFile('base', architecture)]], architecture, tag: 'base' });
  }
  return store;
}

describe('buildBuilder()', () => {
  it('puts the parts onto the base, under the tags', async () => {
    const store = await withBase('amd64');
    const { digest, images } = await build(store, { tags: ['out', 'more'] });
    expect([store.tags.get('out'), store.tags.get('more')]).toEqual([digest, digest]);
    const image = await readImage({ store, reference: 'out', platform: amd64, name: 'out' }, testCtx());
    expect(image?.config.config).toMatchObject({ User: '1001', Labels: { tiny: 'yes' } });
    expect(image?.manifest.layers).toHaveLength(3);
    expect(images[0]?.layers.map(({ kind }) => kind)).toEqual(['spark', 'tools']);
  });

  it('gives the same digest on another machine, in another folder, at another time', async () => {
    const [first, second] = [await build(await withBase('amd64')), await build(await withBase('amd64'))];
    expect(second.digest).toBe(first.digest);
  });

  it('keeps the folder of the base out of the image', async () => {
    const store = await withBase('amd64');
    await build(store);
    const texts = [...store.manifests.values()].map(({ bytes }) => Buffer.from(bytes).toString());
    expect([...texts, ...[...store.blobs.values()].map(String)].join()).not.toContain('/somewhere');
  });

  it('writes nothing when it is there already', async () => {
    const store = await withBase('amd64');
    expect((await build(store)).changed).toBe(true);
    const written = store.writes.length;
    expect((await build(store)).changed).toBe(false);
    expect(store.writes).toHaveLength(written);
  });

  it('takes the layers of the image that is there, and makes none of them', async () => {
    const store = await withBase('amd64');
    await build(store);
    const { images } = await build(store);
    expect(images[0]?.layers.map(({ origin }) => origin)).toEqual(['key', 'key']);
    expect(images[0]?.addedBytes).toBeNull();
  });

  it('takes the layers of the cache', async () => {
    const cache = join(folder, 'cache');
    await build(await withBase('amd64'), { cache });
    const { images } = await build(await withBase('amd64'), { cache });
    expect(images[0]?.layers.map(({ origin }) => origin)).toEqual(['ready', 'ready']);
  });

  it('makes an index of several architectures, which share what is the same', async () => {
    const store = new MemoryStore();
    const bases = [amd64, arm64].map(({ architecture }) => ({ architecture, tag: architecture }));
    const manifests = [];
    for (const { architecture, tag } of bases) {
      const base = await addTinyImage(store, { layers: [[baseFile('base', architecture)]], architecture, tag });
      manifests.push({ ...base.descriptor, platform: { os: 'linux', architecture } });
    }
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    store.addManifest({ schemaVersion: 2, mediaType, manifests }, mediaType, 'base');
    const { digest, images } = await build(store, { platforms: [amd64, arm64] });
    const stored = await store.manifest('out');
    expect(stored?.descriptor.digest).toBe(digest);
    const parsed = stored && parseManifest(stored, 'out');
    expect(parsed?.kind === 'index' && parsed.index.manifests.map(({ platform }) => platform)).toEqual([amd64, arm64]);
    const [[same, own] = [], [other, another] = []] = images.map(({ layers }) => layers.map((layer) => layer.digest));
    expect(other).toBe(same);
    expect(another).not.toBe(own);
  });

  it('fetches nothing for a destination that cannot be read', async () => {
    const store = await withBase('amd64');
    const refused = new ToolError('REGISTRY_AUTH', 'Cannot read it');
    const destination = new MemoryStore();
    destination.manifest = () => Promise.reject(refused);
    const recipe = () => Promise.reject(new Error('fetched'));
    await expect(build(store, { destination, what: { ...tiny, recipe } })).rejects.toBe(refused);
  });

  it('replaces what is no image', async () => {
    const store = await withBase('amd64');
    store.addManifest({ schemaVersion: 1 }, 'application/json', 'out');
    const { digest } = await build(store);
    expect(store.tags.get('out')).toBe(digest);
  });

  it('says BASE_NOT_FOUND where there is no base, and writes nothing', async () => {
    const store = new MemoryStore();
    await expect(build(store)).rejects.toMatchObject({ code: 'BASE_NOT_FOUND' });
    expect(store.writes).toEqual([]);
  });

  it('says ARCHITECTURE_NOT_FOUND where the base is for another machine', async () => {
    await expect(build(await withBase('arm64'))).rejects.toMatchObject({ code: 'ARCHITECTURE_NOT_FOUND' });
  });
});
