import { describe, expect, it } from 'vitest';
import { appendLayers, type Base, type NewLayer, ownPart } from '../../../../cli/image/append-layers.ts';
import { changesBetween } from '../../../../cli/image/config-changes.ts';
import { type ImageConfig, parseImageConfig } from '../../../../cli/image/image-config.ts';
import { type ImageManifest, parseManifest } from '../../../../cli/image/manifest.ts';
import { MEDIA_TYPES } from '../../../../cli/image/media-types.ts';
import { ownLayers } from '../../../../cli/image/own-layers.ts';
import type { StoredImage } from '../../../../cli/image/read-image.ts';

const id = (digit: string) => `sha256:${digit.repeat(64)}`;
const amd64 = { os: 'linux', architecture: 'amd64' };
const baseLayer = { mediaType: MEDIA_TYPES.docker.layer, digest: id('1'), size: 10 };

function newLayer(digit: string, changes: Partial<NewLayer> = {}): NewLayer {
  const descriptor = { mediaType: MEDIA_TYPES.oci.layer, digest: id(digit), size: 5 };
  return { kind: 'app', key: null, diffId: id(`${digit}`), descriptor, createdBy: `layer ${digit}`, ...changes };
}

const baseConfig: ImageConfig = {
  ...amd64,
  created: '2024-01-01T00:00:00Z',
  config: {
    Env: ['PATH=/bin', 'LANG=C'],
    Cmd: ['python3'],
    Labels: { maintainer: 'somebody' },
    ExposedPorts: { '80/tcp': {} },
    StopSignal: 'SIGINT',
  },
  rootfs: { type: 'layers', diff_ids: [id('f')] },
  history: [{ created_by: 'ADD rootfs' }, { created_by: 'CMD python3', empty_layer: true }],
};

function baseImage(family: 'oci' | 'docker', config = baseConfig): Base {
  const types = MEDIA_TYPES[family];
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: id('2'), size: 3 },
    layers: [baseLayer],
    annotations: { 'org.opencontainers.image.version': '3.12' },
  };
  const descriptor = { mediaType: types.manifest, digest: id('3'), size: 4 };
  return { kind: 'image', name: 'docker.io/library/python:3.12', image: { descriptor, manifest, config, index: null } };
}

function stored(composed: ReturnType<typeof appendLayers>): StoredImage {
  const parsed = parseManifest(composed.manifest, 'app');
  if (parsed.kind !== 'manifest') throw new Error('an index');
  const config = parseImageConfig(composed.config.bytes, 'app');
  return { descriptor: composed.manifest.descriptor, manifest: parsed.manifest, config, index: null };
}

describe('appendLayers()', () => {
  it.each(['oci', 'docker'] as const)('follows the family %s of the base', (family) => {
    const composed = appendLayers(baseImage(family), [newLayer('a')], {});
    const { manifest } = stored(composed);
    expect(composed.manifest.descriptor.mediaType).toBe(MEDIA_TYPES[family].manifest);
    expect(manifest.mediaType).toBe(MEDIA_TYPES[family].manifest);
    expect(manifest.config.mediaType).toBe(MEDIA_TYPES[family].config);
    // Those of the base are left as they are, whatever they are.
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([baseLayer.mediaType, MEDIA_TYPES[family].layer]);
  });

  it('says the base in annotations, and where there are none in labels', () => {
    const names = {
      'org.opencontainers.image.base.name': 'docker.io/library/python:3.12',
      'org.opencontainers.image.base.digest': id('3'),
    };
    const oci = stored(appendLayers(baseImage('oci'), [], { annotations: { mine: 'x' } }));
    expect(oci.manifest.annotations).toEqual({ ...names, mine: 'x' });
    expect(oci.config.config?.Labels).not.toMatchObject(names);
    const docker = stored(appendLayers(baseImage('docker'), [], { annotations: { mine: 'x' } }));
    expect(docker.manifest.annotations).toBeUndefined();
    expect(docker.config.config?.Labels).toMatchObject(names);
  });

  it('adds a hash and an entry of the history for each layer, with one time', () => {
    const { config } = stored(appendLayers(baseImage('oci'), [newLayer('a'), newLayer('b')], {}));
    expect(config.rootfs.diff_ids).toEqual([id('f'), id('a'), id('b')]);
    expect(config.created).toBe('1980-01-02T00:00:00Z');
    expect(config.history).toEqual([
      ...(baseConfig.history ?? []),
      { created: '1980-01-02T00:00:00Z', created_by: 'layer a' },
      { created: '1980-01-02T00:00:00Z', created_by: 'layer b' },
    ]);
  });

  it('makes up what the history of the base lacks', () => {
    const { history, ...config } = baseConfig;
    expect(stored(appendLayers(baseImage('oci', config), [newLayer('a')], {})).config.history).toHaveLength(2);
    expect(history).toHaveLength(2);
  });

  it('changes the configuration, and keeps what it does not change', () => {
    const { config } = stored(
      appendLayers(baseImage('oci'), [], {
        env: { Z: '1', LANG: 'C.UTF-8', A: '2' },
        labels: { 'my.label': 'x' },
        entrypoint: ['node', 'launcher.mjs'],
        user: '1001:0',
        workdir: '/opt/app-root/src',
        exposedPorts: ['4040/tcp'],
        created: '2026-01-01T00:00:00Z',
      }),
    );
    expect(config).toMatchObject({ ...amd64, created: '2026-01-01T00:00:00Z' });
    expect(config.config).toEqual({
      User: '1001:0',
      ExposedPorts: { '4040/tcp': {}, '80/tcp': {} },
      Env: ['PATH=/bin', 'LANG=C.UTF-8', 'A=2', 'Z=1'],
      Entrypoint: ['node', 'launcher.mjs'],
      WorkingDir: '/opt/app-root/src',
      Labels: { 'dev.hibana.layers': '[]', maintainer: 'somebody', 'my.label': 'x' },
      StopSignal: 'SIGINT',
    });
  });

  it('gives the same bytes for the same input, whatever the order of its keys', () => {
    const one = appendLayers(baseImage('oci'), [newLayer('a')], {
      env: { A: '1', B: '2' },
      labels: { x: '1', y: '2' },
    });
    const other = appendLayers(baseImage('oci'), [newLayer('a')], {
      labels: { y: '2', x: '1' },
      env: { B: '2', A: '1' },
    });
    expect(other).toEqual(one);
  });

  it('makes an image from nothing', () => {
    const { manifest, config } = stored(appendLayers({ kind: 'scratch', platform: amd64 }, [newLayer('a')], {}));
    expect(manifest.layers).toEqual([newLayer('a').descriptor]);
    expect(config).toMatchObject({ ...amd64, rootfs: { diff_ids: [id('a')] } });
    expect(manifest.annotations).toBeUndefined();
  });
});

describe('ownLayers()', () => {
  const layers = [newLayer('a', { kind: 'dependencies', key: 'k' }), newLayer('b')];

  it('gives back what was put on top', () => {
    expect(ownLayers(stored(appendLayers(baseImage('oci'), layers, {})))).toEqual(layers);
  });

  it('is empty for an image that nobody here made, and for one that was made from ours', () => {
    const base = baseImage('oci');
    expect(base.kind === 'image' && ownLayers(base.image)).toEqual([]);
    const ours = stored(appendLayers(base, layers, {}));
    const { rootfs } = ours.config;
    const derived: StoredImage = {
      ...ours,
      config: { ...ours.config, rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, id('9')] } },
      manifest: { ...ours.manifest, layers: [...ours.manifest.layers, { ...baseLayer, digest: id('9') }] },
    };
    expect(ownLayers(derived)).toEqual([]);
  });

  it.each(['', 'x', '{}', '[{}]', '[{"kind":"app","diffId":"x"}]', 'null'])('is empty for the label %j', (text) => {
    const ours = stored(appendLayers(baseImage('oci'), layers, {}));
    const config = { ...ours.config, config: { Labels: { 'dev.hibana.layers': text } } };
    expect(ownLayers({ ...ours, config })).toEqual([]);
  });
});

describe('ownPart()', () => {
  const changes = {
    env: { A: '1', LANG: 'x' },
    labels: { l: '1' },
    entrypoint: ['run'],
    annotations: { n: '2' },
    user: '1001',
  };
  const layers = [newLayer('a'), newLayer('b', { key: 'k' })];
  const image = stored(appendLayers(baseImage('oci'), layers, changes));
  const newBase = baseImage('oci', {
    ...baseConfig,
    config: { ...baseConfig.config, Env: ['PATH=/bin', 'LANG=C', 'VERSION=2'], Cmd: ['python4'], WorkingDir: '/w' },
    rootfs: { type: 'layers', diff_ids: [id('e')] },
  });

  it('put onto another base is the image that would have been made on it', () => {
    for (const family of ['oci', 'docker'] as const) {
      const old = stored(appendLayers(baseImage(family), layers, changes));
      const own = ownPart(old, baseConfig);
      const rebased = appendLayers(newBase, own.layers, own.changes);
      const built = appendLayers(newBase, layers, family === 'oci' ? changes : { ...changes, annotations: {} });
      expect(rebased).toEqual(built);
    }
  });

  it('put onto the same base is the same image', () => {
    const own = ownPart(image, baseConfig);
    expect(appendLayers(baseImage('oci'), own.layers, own.changes).manifest).toEqual(
      appendLayers(baseImage('oci'), layers, changes).manifest,
    );
  });

  it('keeps all that the image says where the old base is not to be had', () => {
    const own = ownPart(image);
    const { config } = stored(appendLayers(newBase, own.layers, own.changes));
    expect(config.config).toMatchObject({
      Env: ['PATH=/bin', 'LANG=x', 'VERSION=2', 'A=1'],
      Entrypoint: ['run'],
      User: '1001',
      WorkingDir: '/w',
    });
    expect(config.rootfs.diff_ids).toEqual([id('e'), id('a'), id('b')]);
  });
});

describe('changesBetween()', () => {
  it('finds nothing where nothing changed', () => {
    const config = baseConfig.config ?? {};
    expect(changesBetween(config, config)).toEqual({ env: {}, labels: {}, exposedPorts: [] });
  });

  it('takes a variable with no value, and one with "=" in it', () => {
    expect(changesBetween({ Env: ['A', 'B='] }, { Env: ['A', 'B=x=y', 'C'] }).env).toEqual({ B: 'x=y', C: '' });
  });
});
