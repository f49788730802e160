import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageStore } from '../../cli/image/image-store.ts';
import { renderManifest } from '../../cli/image/manifest.ts';
import { MEDIA_TYPES } from '../../cli/image/media-types.ts';
import { packImage } from '../../cli/image/pack-image.ts';
import type { ImageToolchain } from '../../runtime/core/image-layout.ts';
import { testCtx } from './ctx.ts';
import { directoryEntry, fileEntry, layerSource } from './layer-sources.ts';

export interface BuilderWanted {
  readonly tag: string;
  /** Default amd64; of several an index is made. */
  readonly architectures?: readonly string[];
  readonly python?: string;
  readonly spark?: string;
  readonly libc?: string;
  /** What a patch changes. */
  readonly content?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The labels of a builder image. */
export function builderLabels({ python = '3.12', spark = '4.2.1', libc = 'glibc-2.36' }: Partial<BuilderWanted> = {}) {
  return {
    'dev.hibana.builder': 'python',
    'dev.hibana.python': python,
    'dev.hibana.spark': spark,
    'dev.hibana.java': '21',
    'dev.hibana.libc': libc,
    'dev.hibana.scala': '2.13',
    'io.openshift.s2i.scripts-url': 'image:///usr/libexec/s2i',
  };
}

/** Puts a builder image of a few bytes into a store: all that a build asks of one, and nothing that runs. Gives its digest. */
export async function addBuilder(store: ImageStore, wanted: BuilderWanted): Promise<string> {
  const { architectures = ['amd64'], tag } = wanted;
  const scratch = await mkdtemp(join(tmpdir(), 'hibana-builder-'));
  try {
    const images = [];
    for (const architecture of architectures) {
      const pack = { layers: [layerOf(wanted)], destination: store, scratch } as const;
      const labels = { ...builderLabels(wanted), ...wanted.labels };
      const env = { PATH: '/usr/local/bin:/usr/bin:/bin', SPARK_HOME: '/opt/spark' };
      const changes = { labels, env, user: '1001', workdir: '/opt/app-root/src', cmd: ['/usr/libexec/s2i/usage'] };
      const base = { kind: 'scratch', platform: { os: 'linux', architecture } } as const;
      const tags = architectures.length === 1 ? [tag] : [];
      images.push((await packImage({ ...pack, base, changes, tags }, testCtx())).descriptor);
    }
    const [only] = images;
    if (images.length === 1 && only) return only.digest;
    const index = renderManifest({ schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests: images });
    return (await store.putManifest(index, [tag], testCtx())).digest;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function layerOf({ python = '3.12', spark = '4.2.1', content = '' }: BuilderWanted) {
  const toolchain: ImageToolchain = {
    version: 1,
    spark,
    classPath: '/opt/spark/conf:/opt/spark/jars/*',
    javaRelease: 21,
    javaHasVectorModule: false,
    python: `/usr/local/bin/python${python}`,
    pythonMinor: python,
  };
  return layerSource(
    [
      directoryEntry('opt/app-root'),
      directoryEntry('opt/app-root/src'),
      fileEntry('opt/hibana/toolchain.json', JSON.stringify(toolchain)),
      fileEntry('etc/issue', content),
    ],
    { kind: 'tools', createdBy: 'builder of a test' },
  );
}
