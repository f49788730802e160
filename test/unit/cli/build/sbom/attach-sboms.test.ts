import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBuilder } from '../../../../../cli/build/find-builder.ts';
import {
  attachPending,
  attachSboms,
  SBOM_TYPE,
  type SbomImage,
  type SbomPlace,
} from '../../../../../cli/build/sbom/attach-sboms.ts';
import { knownPackages } from '../../../../../cli/build/sbom/known-packages.ts';
import { packageComponents } from '../../../../../cli/build/sbom/package-components.ts';
import { createPendingSboms, type PendingSboms } from '../../../../../cli/build/sbom/pending-sboms.ts';
import { LAYERS_LABEL } from '../../../../../cli/image/own-layers.ts';
import type { StoredImage } from '../../../../../cli/image/read-image.ts';
import type { Referrers } from '../../../../../cli/image/referrers.ts';
import type { Ctx } from '../../../../../runtime/core/context.ts';
import { ToolError } from '../../../../../runtime/core/errors.ts';
import { attachedSbom } from '../../../../helpers/attached-sbom.ts';
import { addBuilder } from '../../../../helpers/builder-image.ts';
import { imageAt } from '../../../../helpers/built-image.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { MemoryReferrers } from '../../../../helpers/memory-referrers.ts';
import { MemoryStore } from '../../../../helpers/memory-store.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' };
const PACKAGES = packageComponents({
  distributions: [{ name: 'numpy', version: '2.0.0', sha256: ['a'.repeat(64), 'b'.repeat(64)] }],
  jars: [],
});
const EMPTY = { manifest: '{}', document: '{}' };
const NUMPY = 'pkg:pypi/numpy@2.0.0';

interface Tested {
  readonly store: MemoryStore;
  readonly referrers: MemoryReferrers;
  readonly image: StoredImage;
  readonly attach: (
    over?: Partial<SbomImage>,
    referrers?: Referrers | null,
    ctx?: ReturnType<typeof testCtx>,
    pending?: PendingSboms,
  ) => ReturnType<typeof attachSboms>;
  /** All in one place. */
  readonly attachAll: (
    images: readonly Partial<SbomImage>[],
    place: Omit<SbomPlace, 'store'>,
    ctx: Ctx,
  ) => ReturnType<typeof attachSboms>;
}

async function prepare(): Promise<Tested> {
  const store = new MemoryStore();
  const digest = await addBuilder(store, { tag: 'builder' });
  const named = { name: 'b', reference: 'builder', store, ref: null, publicName: 'builder' };
  const builder = await readBuilder(named, digest, AMD64, testCtx());
  const descriptor = store.addImage('v1', AMD64);
  const referrers = new MemoryReferrers(store);
  const image: SbomImage = { packed: { descriptor, layers: [] }, labels: {}, builder, packages: PACKAGES };
  return {
    store,
    referrers,
    image: await imageAt(store, 'v1'),
    attach: (over = {}, use: Referrers | null = referrers, ctx = testCtx(), pending) => {
      const place: SbomPlace = { store, referrers: use, ...(pending && { pending }) };
      return attachSboms([{ ...image, ...over }], named, place, ctx);
    },
    attachAll: (images, place, ctx) =>
      attachSboms(
        images.map((over) => ({ ...image, ...over })),
        named,
        { ...place, store },
        ctx,
      ),
  };
}

describe('attachSboms()', () => {
  it('attaches to an image what it consists of', async () => {
    const { store, referrers, image, attach } = await prepare();
    const [sbom] = await attach();
    const [listed] = await referrers.list(image.descriptor.digest, SBOM_TYPE, testCtx());
    expect(listed?.digest).toBe(sbom?.digest);
    const { manifest, document } = await attachedSbom({ store, referrers }, image.descriptor.digest);
    expect(manifest.subject).toEqual(image.descriptor);
    expect(document.components.map(({ purl }) => purl)).toContain(NUMPY);
  });

  it('writes nothing new the second time', async () => {
    const { store, attach } = await prepare();
    const first = await attach();
    const there = store.blobs.size + store.manifests.size;
    expect(await attach()).toEqual(first);
    expect(store.blobs.size + store.manifests.size).toBe(there);
  });

  it.each<readonly [string, Partial<SbomImage>, null | undefined]>([
    ['where nothing is attached', {}, null],
    ['where nobody knows the packages', { packages: null }, undefined],
  ])('writes nothing %s', async (_name, over, referrers) => {
    const { store, attach } = await prepare();
    const before = [...store.writes];
    expect(await attach(over, referrers)).toEqual([null]);
    expect(store.writes).toEqual(before);
  });

  it('says that a place refuses it, and goes on', async () => {
    const { attach, referrers } = await prepare();
    const ctx = testCtx();
    const refused = {
      list: referrers.list,
      put: () => Promise.reject(new ToolError('REGISTRY_REFUSED', 'Cannot push: 405')),
    };
    expect(await attach({}, refused, ctx)).toEqual([null]);
    expect(ctx.events).toEqual([
      { type: 'notice', level: 'info', message: 'The image has no SBOM attached: Cannot push: 405' },
    ]);
  });

  it('keeps for later what a place refuses, and nothing that it took', async () => {
    const { attach, referrers, image, store } = await prepare();
    const cache = await mkdtemp(join(tmpdir(), 'hibana-pending-'));
    try {
      const pending = createPendingSboms(cache, 'registry.example/app');
      const refused = {
        list: referrers.list,
        put: () => Promise.reject(new ToolError('REGISTRY_REFUSED', 'Cannot push: 403')),
      };
      const later = (use: Referrers | null, where = pending) =>
        attachPending([image], { store, referrers: use, pending: where }, testCtx());
      await attach({}, refused, testCtx(), pending);
      expect(await later(refused)).toEqual([null]);
      expect(await later(null)).toEqual([null]);
      expect(await later(referrers, createPendingSboms(cache, 'registry.example/other'))).toEqual([null]);
      const [attached] = await later(referrers);
      const { manifest, digest } = await attachedSbom({ store, referrers }, image.descriptor.digest);
      expect(manifest.subject).toEqual(image.descriptor);
      expect(attached).toEqual({ digest });
      expect(await later(referrers)).toEqual([null]);
      expect(await attach()).toEqual([attached]);
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  it('keeps for later those whose turn had not come when it was aborted', async () => {
    const { attachAll, referrers, store, image } = await prepare();
    const cache = await mkdtemp(join(tmpdir(), 'hibana-pending-'));
    try {
      const pending = createPendingSboms(cache, 'registry.example/app');
      const images = [image, { descriptor: store.addImage('v2', { ...AMD64, architecture: 'arm64' }) }];
      const ctx = testCtx();
      const reason = new Error('no longer wanted');
      const stopped: Referrers = {
        list: referrers.list,
        put: async () => {
          ctx.abort(reason);
          throw reason;
        },
      };
      const packed = images.map(({ descriptor }) => ({ packed: { descriptor, layers: [] } }));
      await expect(attachAll(packed, { referrers: stopped, pending }, ctx)).rejects.toBe(reason);
      const attached = await attachPending(images, { store, referrers, pending }, testCtx());
      expect(attached).toEqual([{ digest: expect.any(String) }, { digest: expect.any(String) }]);
      expect(await attachPending(images, { store, referrers, pending }, testCtx())).toEqual([null, null]);
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  it('keeps one whatever else is in the folder, and deletes there what is old', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'hibana-pending-'));
    try {
      const folder = join(cache, 'sboms');
      await mkdir(folder);
      // As a file looks that another build deletes in between: it is listed, and not there.
      await symlink(join(cache, 'nowhere'), join(folder, '0'));
      await writeFile(join(folder, '1'), '');
      await utimes(join(folder, '1'), 0, 0);
      const pending = createPendingSboms(cache, 'registry.example/app');
      const month = 31 * 24 * 60 * 60 * 1_000;
      await pending.keep(
        'sha256:1',
        EMPTY,
        testCtx(() => month),
      );
      expect(await pending.find('sha256:1')).toEqual(EMPTY);
      expect(await readdir(folder)).not.toContain('1');
      await pending.keep(
        'sha256:2',
        EMPTY,
        testCtx(() => 2 * Date.now()),
      );
      expect(await pending.find('sha256:1')).toBeUndefined();
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  it('keeps nothing where nothing can be kept', async () => {
    const pending = createPendingSboms('/proc/nowhere', 'registry.example/app');
    await pending.keep('sha256:1', EMPTY, testCtx());
    await pending.forget('sha256:1');
    expect(await pending.find('sha256:1')).toBeUndefined();
  });

  it('ends with a mistake of ours, and with the reason of an abort', async () => {
    const { attach, referrers } = await prepare();
    const mistake = new TypeError('a mistake');
    await expect(attach({}, { list: referrers.list, put: () => Promise.reject(mistake) })).rejects.toBe(mistake);
    const ctx = testCtx();
    const reason = new Error('no longer wanted');
    ctx.abort(reason);
    await expect(attach({}, referrers, ctx)).rejects.toBe(reason);
  });
});

describe('knownPackages()', () => {
  const layers =
    (...kinds: readonly string[]) =>
    (image: StoredImage) => {
      const [diffId] = image.config.rootfs.diff_ids;
      return { [LAYERS_LABEL]: JSON.stringify(kinds.map((kind) => ({ kind, key: 'k', diffId }))) };
    };
  const labelled = (image: StoredImage, labels: Readonly<Record<string, string>>): StoredImage => ({
    ...image,
    config: { ...image.config, config: { Labels: labels } },
  });
  const known = ({ store, referrers }: Tested, image: StoredImage) =>
    knownPackages(image, { store, referrers }, testCtx());

  it('are those of the SBOM that is attached, with all that it says of them', async () => {
    const tested = await prepare();
    await tested.attach();
    expect(await known(tested, tested.image)).toEqual(PACKAGES);
  });

  it('are those of the labels where none is attached', async () => {
    const tested = await prepare();
    const labels = { ...layers('app')(tested.image), 'dev.hibana.dependencies': 'flask==3.0.3 numpy==2.0.0' };
    const found = await known(tested, labelled(tested.image, labels));
    expect(found?.map(({ purl }) => purl)).toEqual(['pkg:pypi/flask@3.0.3', NUMPY]);
    expect(await known(tested, labelled(tested.image, layers('app')(tested.image)))).toEqual([]);
  });

  it('are not known of an image with packages for the JVM and no SBOM', async () => {
    const tested = await prepare();
    expect(await known(tested, labelled(tested.image, layers('packages')(tested.image)))).toBeNull();
  });

  it('are asked of nobody where nothing is attached', async () => {
    const { image, store } = await prepare();
    expect(await knownPackages(image, { store, referrers: null }, testCtx())).toBeNull();
  });
});
